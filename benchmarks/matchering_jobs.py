"""Runs matchering over jobs, in a venv of its own that holds nothing of ours: `python matchering_jobs.py JOBS.json`.

The file holds [[target, reference, result], ...]. A job that matchering refuses (it does, where the target equals the
reference) leaves no result.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matchering
from matchering.log import ModuleError


def main() -> None:
    for target, reference, result in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        try:
            matchering.process(target, reference, [matchering.pcm24(result)])
        except ModuleError as refusal:
            print(f"{target}: {refusal}", file=sys.stderr)


if __name__ == "__main__":
    main()
