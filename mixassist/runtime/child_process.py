"""Python modules run in processes of their own, for what may crash, hang or load much, and answers in JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def ask_module(module: str, words: Sequence[str], limit_s: float) -> dict[str, Any]:
    """The JSON object that `python -m module words...` prints, or `{"error": ...}` with what became of it instead.

    A process that has not ended after `limit_s` is given up.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)}
    command = [sys.executable, "-m", module, *words]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return {"error": f"not done after {limit_s:g} s"}
    return _report(done)


def _report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The object, found among what libraries may print."""
    if done.returncode < 0:
        return {"error": f"crashed ({signal.Signals(-done.returncode).name})"}
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode > 0 or not lines:
        said = done.stderr.strip().splitlines()
        return {"error": f"failed with exit code {done.returncode}: {said[-1] if said else 'no message'}"}
    report: dict[str, Any] = json.loads(lines[-1])
    return report
