"""`build_engine.py`: finds and compiles, for each model of the rig, the fastest engine that is right on this machine.

It measures onnxruntime and TensorRT in processes of their own, each against the golden pair, and keeps plans, kernel
timings and choices in the cache: by model, block, GPU, driver, system release and version of the engine. What is there
is not made again. On a Jetson the first run takes minutes. With `--if-stale` nothing is looked at unless the bundle,
the rig, the system or an engine has changed since the last time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from dataclasses import asdict
from pathlib import Path

from mixassist.errors import MixassistError
from mixassist.runtime.bundle.device.manifest import Manifest
from mixassist.runtime.bundle.device.opening import Compute
from mixassist.runtime.bundle.device.program import parser_of, rig_of, tell
from mixassist.runtime.bundle.device.rig import Rig, host_of, open_process
from mixassist.runtime.cache import open_cache_folder
from mixassist.runtime.choice import machine_id
from mixassist.runtime.engines import ENGINES


def main(manifest: Manifest, words: list[str]) -> int:
    """The program: 0 when every model opened, 1 when one did not."""
    parser = parser_of(__doc__ or "")
    parser.add_argument("--if-stale", action="store_true", help="only if something has changed since the last time")
    asked = parser.parse_args(words)
    rig = rig_of(asked, manifest.folder)
    mark = _mark(manifest, rig)
    if asked.if_stale and mark is not None and mark.exists():
        tell("engines are as they were found before")
        return 0
    models = rig.chosen(manifest)
    host = host_of(rig, models)
    compute = Compute(rig.engine, rig.precision, rig.compute_device, measures=True, notify=tell)
    n_failed = 0
    for model in models:
        begin = time.monotonic()
        try:
            open_process(model, rig, host, compute)
        except MixassistError as error:
            n_failed += 1
            tell(f"{model.id}: {error}")
            continue
        tell(f"{model.id}: ready for blocks of {rig.block} at {rig.rate} Hz after {time.monotonic() - begin:.1f} s")
    if mark is not None and not n_failed:
        with contextlib.suppress(OSError):
            mark.touch()
    return 1 if n_failed else 0


def _mark(manifest: Manifest, rig: Rig) -> Path | None:
    """A file that is there when engines were found for this bundle, rig and machine; None where nothing can be kept."""
    folder = open_cache_folder("bundles")
    versions = {name: engine.version for name, engine in ENGINES.items()}
    models = [(model["id"], model["source_sha256"]) for model in manifest.told["models"]]
    described = json.dumps([asdict(rig), versions, models, machine_id()], sort_keys=True)
    name = hashlib.sha256(described.encode()).hexdigest()[:16]
    return folder and folder / f"{name}.found"
