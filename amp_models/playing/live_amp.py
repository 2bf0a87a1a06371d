"""`LiveAmp`: an amp that somebody plays through, block by block, with what a player sees of it.

    block ─ gain ─ network (with changes of rate) ─ cabinet ─ gain ─▶ block

Conventions: blocks are float32 [C, n]; the array given belongs to the amp and is used again. The cabinet delays by
nothing: `latency_samples` is the network's.
"""

from __future__ import annotations

import numpy as np

from amp_models.nam.facts import AmpFacts
from amp_models.playing.play_path import PlayOptions, gains, open_amp_stream, open_cabinet
from mixassist.audio.buffer import Samples
from mixassist.audio.live_meter import Meter
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.streaming.plan import HostFormat
from mixassist.runtime.streaming.timing import Timing


class LiveAmp:
    """An amp for a host's blocks; `heard` and `played` show the levels before and after it.

    Raises:
        AudioError: when the cabinet cannot be read.
        EngineError: when the engine cannot be used.
        ModelError: when the network cannot be streamed at such a rate.
        OptionError: when a level is asked for that the model does not know.
    """

    def __init__(self, artifact: Artifact, facts: AmpFacts, host: HostFormat, options: PlayOptions) -> None:
        self._gain_in, self._gain_out = gains(facts, options)
        self._cabinet = open_cabinet(options, host)
        self._stream = open_amp_stream(artifact, host, options)
        self._block = np.empty((host.n_channels, host.block), np.float32)
        self.heard, self.played = (Meter(host.block, host.rate, host.n_channels) for _ in range(2))

    @property
    def rate(self) -> int:
        """The host's rate in Hz."""
        return self._stream.rate

    @property
    def latency_samples(self) -> int:
        """By how much the amp is late, at the host's rate."""
        return self._stream.latency_samples

    @property
    def timing(self) -> Timing:
        """How long the network took for its blocks."""
        return self._stream.timing

    def process(self, block: Samples) -> Samples:
        """What is heard while `block` [C, n] comes in."""
        self.heard.add(block)
        np.multiply(block, self._gain_in, out=self._block)
        out = self._stream.process(self._block)
        if self._cabinet is not None:
            self._cabinet.process(out, out)
        np.multiply(out, self._gain_out, out=out)
        self.played.add(out)
        return out
