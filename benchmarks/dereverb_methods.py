"""Which way to take a room away is best: foretold, found by the network, or the network after what was foretold.

`python -m benchmarks.dereverb_methods [--model FOLDER]` judges a network that is not shipped yet; `auto` ought to be
what wins here.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.dereverb_rooms import RATE, Case, dry_sounds, generated_cases
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist import AudioBuffer
from mixassist.dsp.blind_decay import estimate_room
from mixassist.dsp.scores import si_sdr
from mixassist.runtime import Session
from separation.dereverb import DereverbOptions
from separation.dereverb.stream import RoomStream
from separation.removal import RemovalStream, remove
from separation.removal_cascade import Cascade
from separation.restoration.batches import heard_by
from separation.restoration.examples import Example
from separation.restoration.judging import Trial, take_by_oracle
from separation.restoration.net import NETWORK
from separation.restoration.opening import RestorationOptions, has_network, open_network, open_restoration
from separation.restoration.stream import TAIL

SECONDS = 6.0
TIMES_S = (0.6, 1.0)
WAYS = (("wpe",), ("net",), ("wpe", "net"), ("net", "wpe"))
BOUND = ("best shares",)
"""What no network that shares out bins can surpass."""


def methods(bench: Bench, network: RestorationOptions | None = None) -> Section:
    """Gain of each way in generated rooms, and its harm to dry sounds; without a network, of the prediction alone."""
    session = open_network(network) if has_network(network) else None
    ways = (*(WAYS if session else WAYS[:1]), BOUND)
    sounds = dry_sounds(bench.data, 1.0 if bench.is_quick else SECONDS)
    rows = []
    for n_channels in (1, 2):
        dry = [np.stack([sound] * n_channels) for sound in sounds.values()]
        dry_cases = [Case("", "none", np.nan, np.nan, sound, sound) for sound in dry]
        cases = list(generated_cases(sounds, n_channels, TIMES_S[:1] if bench.is_quick else TIMES_S))
        for way in ways:
            gains = [_score_db(case, way, session) - si_sdr(case.early, case.wet) for case in cases]
            harm = min(_score_db(case, way, session) for case in dry_cases)
            name = "mono" if n_channels == 1 else "stereo"
            rows.append((name, " then ".join(way), f"{np.mean(gains):+.2f}", f"{min(gains):+.2f}", f"{harm:.1f}"))
    return Section(
        "Dereverberation: ways",
        "python -m benchmarks --only dereverb-methods",
        ["channels", "way", "mean gain, dB", "worst, dB", "dry sounds, SI-SDR at worst, dB"],
        rows,
        "Gain in early SI-SDR over voice, saxophone, guitar and drums, RT60 0.6 and 1.0 s, DRR -6, 0 and +6 dB. "
        "Best shares are the real gains per bin, one for both channels, that the truth asks for: no network of this "
        "kind wins more by itself."
        + ("" if session else " No network comes with this version: the prediction is alone."),
    )


def _score_db(case: Case, way: Sequence[str], session: Session | None) -> float:
    if way == BOUND:
        return _bound_db(case)
    sound = AudioBuffer(case.wet.astype(np.float32), RATE)
    rt60_s = estimate_room([sound.samples], RATE).rt60_s
    kept = remove(sound, Cascade(*_open_all(way, case.n_channels, rt60_s, session)), 1.0).kept
    return min(si_sdr(case.early, kept.samples.astype(np.float64)), 99.0)


def _bound_db(case: Case) -> float:
    parts = np.stack([case.early, case.wet - case.early, np.zeros_like(case.wet)]).astype(np.float32)
    example = Example(parts, is_dry=True)
    tail = take_by_oracle(Trial(example, heard_by(example, NETWORK)), TAIL, NETWORK)
    n_frames = tail.shape[1]
    return min(si_sdr(case.early[:, :n_frames], case.wet[:, :n_frames] - tail), 99.0)


def _open_all(
    way: Sequence[str], n_channels: int, rt60_s: float | None, session: Session | None
) -> Iterable[RemovalStream]:
    for name in way:
        if name == "wpe":
            yield RoomStream(RATE, n_channels, DereverbOptions(), rt60_s)
        elif session is not None:
            yield open_restoration(session, ["tail"], RATE, n_channels)


SECTIONS = {"dereverb-methods": methods}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dereverb_methods", description=__doc__)
    parser.add_argument("--model", type=Path, help="folder of the network; the one that ships if not given")
    parser.add_argument("--quick", action="store_true")
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    options = parser.parse_args()
    bench = Bench(root / "build" / "benchmarks", options.data, options.quick)
    print(methods(bench, RestorationOptions(model=options.model)).render())


if __name__ == "__main__":
    main()
