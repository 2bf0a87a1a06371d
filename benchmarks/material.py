"""What the benchmarks work on: songs of any length, a random HTDemucs, and the peer in a venv of its own."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.resample import resample
from mixassist.audio.writer import AudioWriter, Encoding
from mixassist.demo import render_song

PEER_VERSION = "4.1.0"
NAM_VERSION = "0.13.0"
MATCHERING_VERSION = "2.0.6"
NARA_VERSION = "0.0.11"
BUNDLE_NEEDS = ("numpy", "onnxruntime")
NAM_NEEDS = (
    "torch",
    "numpy",
    "scipy",
    "librosa",
    "matplotlib",
    "pydantic>=2",
    "pytorch_lightning<=2.6.1",
    "wavio",
    "tqdm",
)
"""What neural-amp-modeler's networks, losses and reader need; the whole list would bring windows and transformers."""
HTDEMUCS = {
    "sources": ["drums", "bass", "other", "vocals"],
    "segment": Fraction(39, 5),
    "bottom_channels": 512,
    "t_layers": 5,
    "t_heads": 8,
    "dconv_mode": 3,
}
"""The arguments of the released htdemucs that differ from demucs' defaults: 42 million parameters."""


def song_of(minutes: float, folder: Path) -> Path:
    """The demo song, over and over, as a 16-bit stereo WAV of the given length."""
    path = folder / f"song-{minutes:g}min.wav"
    if path.is_file():
        return path
    mix = render_song().mix
    n_left = round(minutes * 60 * mix.rate)
    with AudioWriter(path, mix.rate, 2, Encoding("wav", "16")) as writer:
        while n_left:
            part = mix.samples[:, : min(mix.n_frames, n_left)]
            writer.write(part)
            n_left -= part.shape[1]
    return path


def hour_at_8_khz(folder: Path) -> Path:
    """An hour of the demo song, over and over, mono at 8 kHz: longer than songs are, and quick to work on."""
    path = folder / "hour-8khz.wav"
    if path.is_file():
        return path
    mix = render_song().mix
    mono = resample(AudioBuffer(mix.samples.mean(axis=0, keepdims=True), mix.rate), 8000)
    with AudioWriter(path, mono.rate, 1, Encoding("wav", "16")) as writer:
        for _ in range(math.ceil(3600 / mono.seconds)):
            writer.write(mono.samples)
    return path


def random_htdemucs(folder: Path) -> Path:
    """A folder in the layout of demucs' --repo: `htdemucs.yaml` and random weights of the released architecture."""
    import torch
    from demucs.htdemucs import HTDemucs

    repository = folder / "htdemucs"
    repository.mkdir(parents=True, exist_ok=True)
    if not (repository / "random.th").is_file():
        torch.manual_seed(0)
        network = HTDemucs(**HTDEMUCS)
        package = {"klass": HTDemucs, "args": (), "kwargs": HTDEMUCS, "state": network.state_dict()}
        torch.save(package, repository / "random.th")
    (repository / "htdemucs.yaml").write_text("models: ['random']\n")
    return repository


def peer_demucs(folder: Path) -> Path:
    """The `demucs` command of a venv that holds the peer and nothing of ours."""
    command = folder / "peer" / "bin" / "demucs"
    if not command.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "peer")], check=True)
        pip = [str(folder / "peer" / "bin" / "python"), "-m", "pip", "install", "-q"]
        constraints = Path(__file__).resolve().parent.parent / "constraints.txt"
        # Its wheel does not name numpy, which it imports.
        subprocess.run([*pip, "-c", str(constraints), f"demucs=={PEER_VERSION}", "numpy"], check=True)
    return command


def peer_nam(folder: Path) -> Path:
    """The Python of a venv that holds neural-amp-modeler and nothing of ours."""
    trainer = ["--no-deps", f"neural-amp-modeler=={NAM_VERSION}"]
    return _peer_python(folder / "nam", [*NAM_NEEDS, "soundfile"], trainer)


def peer_matchering(folder: Path) -> Path:
    """The Python of a venv that holds matchering and nothing of ours."""
    return _peer_python(folder / "matchering", [f"matchering=={MATCHERING_VERSION}"])


def peer_nara(folder: Path) -> Path:
    """The Python of a venv that holds nara_wpe and nothing of ours."""
    return _peer_python(folder / "nara", [f"nara_wpe=={NARA_VERSION}", "scipy"])


def bundle_python(folder: Path) -> Path:
    """The Python of a venv that holds what a bundle needs and nothing of ours."""
    return _peer_python(folder / "bundle-venv", BUNDLE_NEEDS)


def _peer_python(venv: Path, *installs: Sequence[str]) -> Path:
    """The Python of a venv that is made with these installs, one after the other, where it is not there yet."""
    python = venv / "bin" / "python"
    if not python.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        for arguments in installs:
            subprocess.run([str(python), "-m", "pip", "install", "-q", *arguments], check=True)
    return python


def noise_song(seconds: float, rate: int = 44100) -> np.ndarray:
    """Seeded stereo noise [2, T] with a swell, for comparisons of numbers rather than of sounds."""
    samples = np.random.default_rng(0).standard_normal((2, round(seconds * rate)))
    swell = 0.2 + 0.8 * np.sin(np.linspace(0, 9, samples.shape[1])) ** 2
    return (0.2 * swell * samples).astype(np.float32)
