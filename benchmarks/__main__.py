"""`python -m benchmarks`: runs the benchmarks and puts their tables into RESULTS.md."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.alignment import alignment
from benchmarks.amps import SECTIONS as AMPS
from benchmarks.balance import SECTIONS as BALANCE
from benchmarks.bundle import SECTIONS as BUNDLE
from benchmarks.cluster import SECTIONS as CLUSTER
from benchmarks.denoise import SECTIONS as DENOISE
from benchmarks.dereverb import SECTIONS as DEREVERB
from benchmarks.dereverb_estimates import SECTIONS as DEREVERB_ESTIMATES
from benchmarks.dereverb_methods import SECTIONS as DEREVERB_METHODS
from benchmarks.dereverb_parity import SECTIONS as DEREVERB_PARITY
from benchmarks.engines import engines, streams
from benchmarks.inspecting import SECTIONS as INSPECTING
from benchmarks.lite import SECTIONS as LITE
from benchmarks.lite_instrumentals import SECTIONS as LITE_INSTRUMENTALS
from benchmarks.lite_learning import SECTIONS as LITE_LEARNING
from benchmarks.lite_live import SECTIONS as LITE_LIVE
from benchmarks.lite_refinement import SECTIONS as LITE_REFINEMENT
from benchmarks.mastering import SECTIONS as MASTERING
from benchmarks.mix_rendering import SECTIONS as MIX_RENDERING
from benchmarks.mixing import SECTIONS as MIXING
from benchmarks.pitch import SECTIONS as PITCH
from benchmarks.polyphony import SECTIONS as POLYPHONY
from benchmarks.results import RESULTS, save
from benchmarks.room_matching import SECTIONS as ROOM_MATCHING
from benchmarks.rooms import SECTIONS as ROOMS
from benchmarks.separation import SECTIONS as SEPARATION
from benchmarks.separation import Bench
from benchmarks.texture import SECTIONS as TEXTURE
from benchmarks.timbre import SECTIONS as TIMBRE
from benchmarks.timbre_baseline import SECTIONS as TIMBRE_BASELINE
from benchmarks.timbre_sets import SECTIONS as TIMBRE_SETS
from benchmarks.timbre_stream import SECTIONS as TIMBRE_STREAM
from benchmarks.training_set import SECTIONS as TRAINING_SET

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = SEPARATION | {"engines": engines, "streams": streams, "alignment": alignment} | AMPS | INSPECTING | MASTERING
SECTIONS |= BUNDLE | CLUSTER | LITE | LITE_INSTRUMENTALS | LITE_LEARNING
SECTIONS |= ROOM_MATCHING | BALANCE | DENOISE | DEREVERB | MIX_RENDERING | MIXING | TRAINING_SET | ROOMS
SECTIONS |= LITE_LIVE | LITE_REFINEMENT | DEREVERB_ESTIMATES | DEREVERB_METHODS | DEREVERB_PARITY | TIMBRE
SECTIONS |= TIMBRE_BASELINE | TIMBRE_SETS | TIMBRE_STREAM | TEXTURE
SECTIONS |= PITCH | POLYPHONY


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="*", choices=sorted(SECTIONS), default=list(SECTIONS))
    parser.add_argument(
        "--quick", action="store_true", help="short songs, one run each, nothing written: does it still work?"
    )
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "benchmarks", help="where songs and outputs go")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with the recordings")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        section = SECTIONS[name](Bench(options.work, options.data, options.quick))
        print(section.render())
        if not options.quick:
            save(section)
    if not options.quick:
        print(f"written to {RESULTS}")


if __name__ == "__main__":
    main()
