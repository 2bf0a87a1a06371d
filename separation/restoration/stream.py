"""`RestorationStream`: sound in, the tail or the noise in it out, block by block.

Conventions: blocks are [C, n] with any n, at the network's rate, in the arithmetic of its tensors (float32). What is
found lies exactly beside the sound; sound - found is what stays. Runs of the network lie where they lie whatever the
cut into blocks, so that one block, many blocks and a file give the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.stream_spectrum import SpectrumGrid, StreamIstft, StreamStft
from mixassist.errors import OptionError
from mixassist.runtime import Session
from mixassist.runtime.stepper import open_stepper
from separation.restoration.views import Views
from separation.segments import Segments

KIND = "restoration"
PARTS = ("sound", "tail", "noise")
"""What each bin is shared out among, in the order of the network's shares."""

TAIL, NOISE = 1, 2

Floats = NDArray[np.float32]


class RestorationStream:
    """The `wanted` parts (`tail`, `noise` or both) of a stream of `n_channels`, found by the network of a session.

    Raises:
        OptionError: for a part the network does not know.
    """

    def __init__(self, session: Session, wanted: Sequence[str], n_channels: int) -> None:
        unknown = sorted(set(wanted) - set(PARTS))
        if unknown or not wanted:
            raise OptionError(f"the network knows no part {', '.join(unknown) or '(none given)'}: choose of {PARTS}")
        options = session.spec.options
        self.session = session
        self._rows = [PARTS.index(part) for part in wanted]
        self._grid = SpectrumGrid(options["n_fft"], options["hop"])
        self._n_ahead: int = options["n_ahead"]
        n_bins = self._grid.n_fft // 2 + 1
        self._stepper = open_stepper(session, 1)
        self._analysis = StreamStft(self._grid, n_channels)
        self._synthesis = StreamIstft(self._grid, n_channels)
        self._views = Views(n_bins, self._grid.hop, session.spec.rate)
        self._spectra = np.zeros((n_channels, n_bins, self._n_ahead), np.complex64)
        self._segments = Segments(n_channels, options["segment"], session.spec.latency_samples, self._run)

    @property
    def latency_samples(self) -> int:
        """How much later than its sound something comes, at most, beyond the block it is in."""
        return self.session.spec.latency_samples + self._segments.n_segment - 1

    def process(self, block: Floats) -> Floats:
        """What is ready by now [C, m], following what earlier calls gave; m may be 0."""
        return self._segments.process(block)

    def finish(self) -> Floats:
        """The rest: with it, there is as much as there was sound."""
        return self._segments.finish()

    def _run(self, samples: Floats) -> Floats:
        """What is found with the next run's samples, which is that of `n_ahead` frames before."""
        spectrum = self._analysis.process(samples)
        self._stepper.inputs["views"][0] = self._views.process(spectrum, samples)
        self._stepper.step()
        share: NDArray[Any] = self._stepper.outputs["shares"][0, self._rows, 0].sum(axis=0)
        heard = np.concatenate([self._spectra, spectrum], axis=-1)
        n_frames = spectrum.shape[-1]
        self._spectra = heard[..., n_frames:]
        return self._synthesis.process(heard[..., :n_frames] * share.astype(np.float32))
