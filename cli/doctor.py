"""`mixassist doctor`: what this machine can run, what is cached, and what could be installed."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.machine import n_cores
from cli.output import JSON_HELP, print_json, print_table

if TYPE_CHECKING:
    from mixassist.runtime.engines import Engine


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
        "what auto takes": _choices(),
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
    from mixassist.runtime.doors.nvidia import probe_nvidia
    from mixassist.runtime.engines import ENGINES

    has_gpu = probe_nvidia() is not None
    return {name: _engine(engine, has_gpu) for name, engine in ENGINES.items()}


def _engine(engine: Engine, has_gpu: bool) -> str:
    if not has_gpu and "cpu" not in engine.devices:
        return "not used: it needs an NVIDIA GPU"
    if engine.version is None:
        return f"not installed: {engine.cure}"
    if has_gpu and "cuda" in engine.devices and not engine.is_built_for_cuda:
        return f"{engine.version}, not built for CUDA: {engine.cuda_cure}"
    return engine.version


def _devices() -> dict[str, str]:
    from mixassist.runtime.doors.nvidia import probe_nvidia, why_no_nvidia
    from mixassist.runtime.doors.openvino_session import cpu_precisions

    return {
        "cpu": f"computes in {' and '.join(cpu_precisions())}",
        "nvidia gpu": why_no_nvidia() or str(probe_nvidia()),
    }


def _cache() -> dict[str, str]:
    from mixassist.runtime.cache import cache_dir

    folder = cache_dir()
    n_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
    return {"folder": str(folder), "size": f"{n_bytes / 1e6:.0f} MB (safe to delete)"}


def _models() -> dict[str, str]:
    from cli.models import known_models

    return {name: where for name, _, where in known_models()}


def _choices() -> dict[str, str]:
    """What was measured here for the models on this machine, and what follows; nothing is measured now."""
    from mixassist.runtime.choice import recall
    from mixassist.runtime.engines import SessionOptions
    from separation.catalogue import HUB_MODELS, NETWORKS, embedded_names, is_cached, ready_artifacts

    told: dict[str, str] = {}
    for name in (*embedded_names(), *filter(is_cached, HUB_MODELS)):
        artifacts = ready_artifacts(name)
        if not artifacts:
            told[name] = f"not prepared yet: mixassist model fetch {name}"
        for artifact in artifacts:
            network = name if len(artifacts) == 1 else f"{name} {artifact.name}"
            _, builder = NETWORKS[artifact.spec.kind]
            choice = recall(artifact, SessionOptions("auto", n_cores(), builder, device="auto"))
            if choice is None:
                told[network] = f"not measured yet: mixassist model check {name}"
                continue
            told |= {f"{network} on {row.measurement.candidate}": row.reason for row in choice.rows}
    return told
