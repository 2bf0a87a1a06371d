"""A bundle on this machine, played by a Python that knows nothing of mixassist: size, golden streams, times, start.

`python -m benchmarks --only bundle`
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.material import BUNDLE_NEEDS, bundle_python
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.runtime.bundle.device.manifest import read_manifest
from mixassist.runtime.bundle.device.rig import RIG, read_rig

SECONDS, QUICK_SECONDS = 60.0, 1.0
N_STARTS = 3

_START = """
import sys, time
sys.path.insert(0, sys.argv[1] + "/lib")
from pathlib import Path
import numpy as np
from mixassist.runtime.bundle.device.live import Pedal
from mixassist.runtime.bundle.device.manifest import read_manifest
from mixassist.runtime.bundle.device.rig import read_rig
manifest = read_manifest(Path(sys.argv[1]))
rig = read_rig(manifest.folder / "rig.json")
pedal = Pedal(rig, manifest.models, lambda message: print(time.time(), message, flush=True))
pedal.rack.process(np.zeros((pedal.host.n_channels, pedal.host.block), np.float32))
print(time.time(), "dry", flush=True)
pedal.open_models()
"""


def bundle(bench: Bench) -> Section:
    """lite-live, an amp and a timbre in one bundle."""
    folder = _deployed(bench)
    python = bundle_python(bench.folder)
    told = subprocess.run([python, folder / "check.py"], check=True, capture_output=True, text=True, env=_bare()).stdout
    golden = dict(re.findall(r"^(\S+): onnxruntime fp32: .*stream (\S+) \(limit 1e-05\): right$", told, re.MULTILINE))
    seconds = QUICK_SECONDS if bench.is_quick else SECONDS
    words: list[str | Path] = [python, folder / "bench.py", "--json", "--seconds", str(seconds)]
    measured = json.loads(subprocess.run(words, check=False, capture_output=True, text=True, env=_bare()).stdout)
    starts = sorted((_start(python, folder) for _ in range(N_STARTS)), key=lambda start: start["dry"])
    start = starts[len(starts) // 2]
    rows = [
        (
            row["model"],
            *(f"{row[name]:.2f}" for name in ("median_ms", "p99_ms", "max_ms", "budget_ms")),
            f"{row['n_misses']} of {row['n_blocks']}",
            f"{row['latency_ms']:.1f}",
            golden.get(row["model"], "WRONG"),
            f"{start[row['model']]:.1f}",
        )
        for row in measured["rows"]
    ]
    size_mb, ahead = read_manifest(folder).size_mb, read_rig(folder / RIG).blocks_ahead
    return Section(
        "A bundle of three models",
        "python -m benchmarks --only bundle",
        [
            *("model", "median, ms", "p99, ms", "longest, ms", "block, ms", f"not ready after {ahead} blocks"),
            *("its own delay, ms", "off its golden stream", "plays after, s"),
        ],
        rows,
        f"`mixassist deploy` for linux-x86, {size_mb:.1f} MB, run by a Python with {' and '.join(BUNDLE_NEEDS)} alone:"
        f" blocks of 128 at a card's pace for {seconds:g} s, `check.py`, and the time from the program's start to the"
        f" first sound ({start['dry']:.1f} s: dry) and to each model, files in the system's cache, median of"
        f" {N_STARTS}.",
    )


SECTIONS: dict[str, Callable[[Bench], Section]] = {"bundle": bundle}


def _deployed(bench: Bench) -> Path:
    folder = bench.folder / "bundle"
    models = ["lite-live", str(bench.data / "amp" / "nam" / "A2.nam"), "alto-sax"]
    words = [sys.executable, "-m", "cli.app", "deploy", *models, "--target", "linux-x86", "--force", "-o", str(folder)]
    subprocess.run(words, check=True)
    return folder


def _bare() -> dict[str, str]:
    """This environment without what would lead a Python to packages of ours."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}


def _start(python: Path, folder: Path) -> dict[str, float]:
    """Seconds from the program's start to the first dry sound, and to each model."""
    begin = time.time()
    words: list[str | Path] = [python, "-c", _START, str(folder)]
    out = subprocess.run(words, check=True, capture_output=True, text=True, env=_bare()).stdout
    lines = [line.split(maxsplit=2) for line in out.splitlines()]
    return {line[1]: float(line[0]) - begin for line in lines if len(line) == 2 or line[2].startswith("is ready")}
