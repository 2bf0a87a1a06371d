"""Session options as words of a command line, and back: how processes of their own are told what to open.

They open it without the engine's cache: what is only measured must leave no compiled models behind.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mixassist.errors import MixassistError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.engines import SessionOptions


def words_of(artifact: Artifact, engine: str, options: SessionOptions) -> list[str]:
    """The words that `session_parser` reads."""
    words = [str(artifact.path), "--engine", engine, "--precision", options.precision, "--device", options.device]
    words += ["--threads", str(options.n_threads), "--batch", str(options.n_batch)]
    words += [] if options.torch_builder is None else ["--torch-builder", options.torch_builder]
    words += [] if options.n_frames is None else ["--frames", str(options.n_frames)]
    return words if options.use_graphs else [*words, "--plain"]


def session_parser(module: str, description: str | None) -> argparse.ArgumentParser:
    """A parser of an artifact's `folder`, an `engine` and the options; `python -m module` may add its own."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--frames", type=int)
    parser.add_argument("--torch-builder")
    parser.add_argument("--plain", action="store_true")
    return parser


def options_of(asked: argparse.Namespace) -> SessionOptions:
    """The options among the words.

    Raises:
        OptionError: when one of them cannot be.
    """
    return SessionOptions(
        asked.precision,
        asked.threads,
        asked.torch_builder,
        use_cache=False,
        device=asked.device,
        n_frames=asked.frames,
        n_batch=asked.batch,
        use_graphs=not asked.plain,
    )


def tell(measure: Callable[[], dict[str, Any]]) -> None:
    """Prints what `measure` gives as one JSON object; or `error`, one line, where it cannot."""
    try:
        report = measure()
    except MixassistError as error:
        report = {"error": str(error)}
    sys.stdout.write(json.dumps(report) + "\n")
