"""Plays `.nam` files with neural-amp-modeler itself.

Runs in the peer's venv and imports nothing of ours: `PEER/bin/python benchmarks/nam_render.py FOLDER`. Each `*.nam` of
the folder is loaded by `nam.models._from_nam.init_from_nam`, plays `x.npy` [T] from rest on, and leaves `<name>.npy`
beside it; `sizes.json` names those that are slimmed, and to what. `answers.json` holds what it measured of each,
`loudness` and `gain`, or why it could not, `trouble`.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np


def main(folder: Path) -> None:
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    version = importlib.import_module("importlib.metadata").version("neural-amp-modeler")
    x = torch.from_numpy(np.load(folder / "x.npy"))
    sizes = json.loads((folder / "sizes.json").read_text(encoding="utf-8"))
    with torch.inference_mode():
        answers = {path.stem: _answer(path, x, sizes.get(path.stem)) for path in sorted(folder.glob("*.nam"))}
    (folder / "answers.json").write_text(json.dumps({"version": version, "models": answers}), encoding="utf-8")


def _answer(path: Path, x: Any, size: float | None) -> dict[str, Any]:
    try:
        model = _load(json.loads(path.read_text(encoding="utf-8"))).eval()
        if size is not None:
            model._net.set_slimming(size)
        y = model(x, pad_start=True)
    # Whatever it stumbles over is the answer.
    except (
        KeyError,
        TypeError,
        ValueError,
        RuntimeError,
        AttributeError,
        NotImplementedError,
        AssertionError,
    ) as error:
        return {"trouble": f"{type(error).__name__}: {error}".splitlines()[0]}
    np.save(path.with_suffix(".npy"), y.numpy())
    return {"loudness": float(model._metadata_loudness()), "gain": float(model._metadata_gain())}


def _load(data: dict[str, Any]) -> Any:
    """The peer's model; its reader forgets the network that prepares the condition, so that one is put in here."""
    model = importlib.import_module("nam.models._from_nam").init_from_nam(data)
    if data["config"].get("condition_dsp"):
        model._net._condition_dsp = _load(data["config"]["condition_dsp"])._net
    return model


if __name__ == "__main__":
    main(Path(sys.argv[1]))
