"""`mixassist doctor`: what this machine can run, what is cached, and what could be installed."""

from __future__ import annotations

import platform
import shutil
from typing import Annotated, Any

import typer

from cli.output import JSON_HELP, print_json, print_table


def doctor(
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Show engines, devices, caches and models of this machine, and what to install."""
    facts = {
        "machine": _machine(),
        "engines": _engines(),
        "devices": _devices(),
        "cache": _cache(),
        "models": _models(),
    }
    if json:
        print_json(facts)
        return
    for title, entries in facts.items():
        print_table(title, ("what", "value"), [(key, str(value)) for key, value in entries.items()])
        print()


def _machine() -> dict[str, Any]:
    import os

    import mixassist

    return {
        "mixassist": mixassist.__version__,
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
    }


def _engines() -> dict[str, str]:
    from mixassist.runtime.engines import ENGINES

    return {name: engine.version or f"not installed: {engine.cure}" for name, engine in ENGINES.items()}


def _devices() -> dict[str, str]:
    from mixassist.runtime.openvino_session import cpu_precisions

    gpu = "found; torch computes on it where torch is built for CUDA" if shutil.which("nvidia-smi") else "none found"
    return {"cpu": f"computes in {' and '.join(cpu_precisions())}", "nvidia gpu": gpu}


def _cache() -> dict[str, str]:
    from mixassist.runtime.cache import cache_dir

    folder = cache_dir()
    n_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
    return {"folder": str(folder), "size": f"{n_bytes / 1e6:.0f} MB (safe to delete)"}


def _models() -> dict[str, str]:
    from separation.catalogue import HUB_MODELS, embedded_names, is_cached

    embedded = dict.fromkeys(embedded_names(), "embedded")
    return embedded | {name: "on this machine" if is_cached(name) else "not fetched" for name in HUB_MODELS}
