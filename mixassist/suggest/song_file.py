"""Which files are songs that can be judged: mono or stereo, at a rate that carries loudness."""

from __future__ import annotations

from mixassist.audio.info import AudioInfo
from mixassist.dsp.loudness import MIN_RATE_HZ
from mixassist.errors import AudioError

MAX_CHANNELS = 2


def require_song(info: AudioInfo) -> None:
    """Returns where the file can be judged as a song.

    Raises:
        AudioError: for more than two channels, or a rate that is too low for K-weighting.
    """
    if info.n_channels > MAX_CHANNELS:
        raise AudioError(f"{info.path.name} has {info.n_channels} channels: fold it down to stereo or mono first")
    if info.rate < MIN_RATE_HZ:
        raise AudioError(f"{info.path.name}: {info.rate} Hz is too low: resample it to {MIN_RATE_HZ} Hz or more")
