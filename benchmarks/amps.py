"""Amps against neural-amp-modeler: the same files, in time for every block, and nearer for each minute of training.

`python -m benchmarks.amps files|blocks|training [--minutes 10 --pairs … --sizes … --peer-python PYTHON]`
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from amp_models.nam.conversion import convert_nam
from amp_models.nam.finish import finish_nam
from amp_models.nam.format import Nam
from amp_models.nam.fresh import fresh_nam
from benchmarks import amp_training, nam_peer
from benchmarks.amp_pairs import PAIRS, slug
from benchmarks.amp_training import CONTENDERS, OURS, Plan
from benchmarks.material import peer_nam
from benchmarks.results import Section, save
from benchmarks.separation import Bench
from cli.output import three_digits
from mixassist.runtime.bench import BenchOptions, BenchRow, bench_model

RATE = 48000
BLOCK = 64
NETWORKS = ("standard", "lite", "feather", "nano", "a2-lite", "a2-full", "lstm")
ASKED = {"standard": 4.0, "feather": 8.0, "lstm": 8.0}
"""Times real time that were asked for."""


def files(bench: Bench, peer_python: Path | None = None) -> Section:
    """Our files in the peer, and the public files in ours: how far apart both play them."""
    models = {"feather": finish_nam(fresh_nam("feather", RATE, 0))} if bench.is_quick else nam_peer.random_models()
    public = bench.data / "amp" / "nam"
    if public.is_dir() and not bench.is_quick:
        models |= nam_peer.public_models(public)
    peer = peer_python or _peer(bench)
    rows = [check.row() for check in nam_peer.compare(peer, models, nam_peer.probe_take())] if peer else []
    return Section(
        "Amps: files in both players",
        "python -m benchmarks.amps files",
        nam_peer.COLUMNS,
        rows or [("all", "", "unmeasured (no venv with the peer here)", "", "")],
        "Networks with random weights in the files that we write, and the public models, through guitar, noise and"
        " silence, by us (torch, float32) and by neural-amp-modeler 0.13.0 from the file named in the second column."
        " What it refuses is held to an independent reading in numpy instead (tests/amp_models/test_net.py, 1e-5).",
    )


def blocks(bench: Bench) -> Section:
    """How long a block of sound takes on one core."""
    asked = BenchOptions((BLOCK,), engine="onnxruntime", precision="fp32", device="cpu")
    options = replace(asked, seconds=0.1) if bench.is_quick else replace(asked, seconds=10.0)
    rows = []
    for name in ("nano",) if bench.is_quick else NETWORKS:
        artifact = convert_nam(_untrained(name), bench.folder / "amps" / name, name)
        rows += [_block_cells(name, row) for row in bench_model(artifact, options, print)]
    return Section(
        "Amps: blocks in time",
        "python -m benchmarks.amps blocks",
        ("network", "block", "median, ms", "p99", "max", "misses", "**× real time**", "asked for"),
        rows,
        f"{RATE} Hz, ONNX Runtime, one thread, states carried, random weights; a block of {BLOCK} lasts"
        f" {1000 * BLOCK / RATE:.2f} ms. × real time is that of the median.",
    )


def training(bench: Bench) -> Section:
    """Error for each CPU minute: what was trained already, and what is missing."""
    recordings = bench.data / "amp" / "compressors"
    plan = Plan(bench.folder / "amp-training", recordings, _peer(bench))
    if bench.is_quick:
        names = PAIRS[1:2]
        plan = replace(plan, pairs=names, sizes=("nano",), contenders=(OURS,), minutes=0.02, seconds=8.0)
    return _trained(plan, is_drawn=not bench.is_quick)


def _trained(plan: Plan, is_drawn: bool) -> Section:
    amp_training.train(plan)
    if is_drawn:
        amp_training.draw(plan)
    return amp_training.table(plan)


def _peer(bench: Bench) -> Path | None:
    return None if bench.is_quick else peer_nam(bench.folder)


def _untrained(name: str) -> Nam:
    return finish_nam(fresh_nam(name, RATE, 0))


def _block_cells(name: str, row: BenchRow) -> tuple[str, ...]:
    wanted = f"≥ {ASKED[name]:g}" if name in ASKED else ""
    if row.median_ms is None:
        return (name, str(BLOCK), row.error or "", *[""] * 4, wanted)
    times = (three_digits(number or 0) for number in (row.median_ms, row.p99_ms, row.max_ms))
    speed = three_digits(row.times_real_time or 0)
    return (name, str(row.block), *times, f"{row.n_misses} of {row.n_blocks}", speed, wanted)


SECTIONS = {"amps-files": files, "amps-blocks": blocks, "amps-training": training}


def main() -> None:
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(prog="python -m benchmarks.amps", description=__doc__)
    parser.add_argument("parts", nargs="+", choices=("files", "blocks", "training"))
    parser.add_argument("--peer-python", type=Path, help="python of a venv with neural-amp-modeler 0.13.0")
    parser.add_argument("--minutes", type=float, default=amp_training.MINUTES, help="CPU minutes of each run")
    parser.add_argument("--pairs", nargs="*", default=list(PAIRS), help=f"beginnings of {'; '.join(PAIRS)}")
    parser.add_argument("--sizes", nargs="*", default=list(amp_training.SIZES))
    parser.add_argument("--contenders", nargs="*", choices=[*map(slug, CONTENDERS)], default=[*map(slug, CONTENDERS)])
    parser.add_argument("--work", type=Path, default=root / "build" / "benchmarks")
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    options = parser.parse_args()
    bench = Bench(options.work, options.data)
    for section in _asked(options, bench):
        print(section.render())
        save(section)


def _asked(options: argparse.Namespace, bench: Bench) -> Iterator[Section]:
    if "files" in options.parts:
        yield files(bench, options.peer_python)
    if "blocks" in options.parts:
        yield blocks(bench)
    if "training" not in options.parts:
        return
    pairs = [pair for pair in PAIRS if any(pair.startswith(name) for name in options.pairs)]
    peer = options.peer_python or (peer_nam(options.work) if set(options.contenders) - {OURS} else None)
    plan = Plan(options.work / "amp-training", options.data / "amp" / "compressors", peer, pairs, options.sizes)
    contenders = [name for name in CONTENDERS if slug(name) in options.contenders]
    amp_training.train(replace(plan, contenders=contenders, minutes=options.minutes))
    # The table shows whatever is there, of parts that were trained before as well.
    yield _told(replace(plan, pairs=PAIRS, sizes=amp_training.SIZES, minutes=options.minutes))


def _told(plan: Plan) -> Section:
    amp_training.draw(plan)
    return amp_training.table(plan)


if __name__ == "__main__":
    main()
