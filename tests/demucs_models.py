"""Demucs networks with seeded random weights, written in the layout of demucs' own files."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

SOURCES = ["drums", "bass", "other", "vocals"]
HTDEMUCS = {
    "sources": SOURCES, "segment": Fraction(1, 2), "channels": 8, "nfft": 1024, "t_layers": 1, "t_heads": 2,
    "bottom_channels": 16, "dconv_mode": 3, "depth": 2, "dconv_depth": 1,
}  # fmt: skip
"""One layer of each make: an export takes its time by their number. Depth is tried where no graph is exported."""
HDEMUCS = {"sources": SOURCES, "channels": 8, "nfft": 1024, "depth": 5, "segment": 1}


def htdemucs(seed: int = 0, **changes: Any) -> Any:
    from demucs.htdemucs import HTDemucs

    torch.manual_seed(seed)
    return HTDemucs(**(HTDEMUCS | changes)).eval()


def hdemucs(seed: int = 0, **changes: Any) -> Any:
    from demucs.hdemucs import HDemucs

    torch.manual_seed(seed)
    return HDemucs(**(HDEMUCS | changes)).eval()


def write_safetensors(network: Any, path: Path, class_name: str | None = None) -> Path:
    """The network in demucs' safetensors layout, as its hub repositories hold it."""
    from safetensors.torch import save_file

    args, kwargs = network._init_args_kwargs
    metadata = {
        "klass": class_name or f"{type(network).__module__}.{type(network).__qualname__}",
        "args": json.dumps(list(args)),
        "kwargs": json.dumps({key: _encode(value) for key, value in kwargs.items()}),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({key: tensor.contiguous() for key, tensor in network.state_dict().items()}, path, metadata)
    return path


def write_th(network: Any, path: Path) -> Path:
    """The network as an old `.th` package."""
    args, kwargs = network._init_args_kwargs
    package = {
        "klass": type(network),
        "args": args,
        "kwargs": kwargs,
        "state": network.state_dict(),
        "training_args": {},
    }
    torch.save(package, path)
    return path


def write_bag(folder: Path, name: str, networks: list[Any], weights: list[list[float]] | None = None) -> Path:
    """A folder with a bag's YAML and its weights, as demucs reads with --repo."""
    for index, network in enumerate(networks):
        write_safetensors(network, folder / f"{name}{index}.safetensors")
    lines = [f"models: [{', '.join(f'{name}{index}' for index in range(len(networks)))}]"]
    lines += [] if weights is None else [f"weights: {json.dumps(weights)}"]
    (folder / f"{name}.yaml").write_text("\n".join(lines) + "\n")
    return folder / f"{name}.yaml"


def _encode(value: Any) -> Any:
    if isinstance(value, Fraction):
        return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}
    return value
