"""RESULTS.md: one section per benchmark, each replaced when it is measured anew."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
HEADING = "# Results\n\nMeasured by `make bench`; ratios come from runs in turn on the same machine.\n"


@dataclass(frozen=True)
class Section:
    """A benchmark's table: `command` is what measured it, `note` what to know when reading it."""

    title: str
    command: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def render(self) -> str:
        """The section as Markdown, with the date and the machine."""
        lines = [f"## {self.title}", "", f"{date.today().isoformat()}, {machine()}: `{self.command}`", ""]
        lines += [_row(self.columns), _row(["---"] * len(self.columns)), *(_row(row) for row in self.rows)]
        return "\n".join([*lines, "", *([self.note, ""] if self.note else [])])


def machine() -> str:
    """This machine in a line: processor, cores, system, versions of what computes."""
    from importlib.metadata import version

    engines = ", ".join(f"{name} {version(name)}" for name in ("torch", "onnxruntime", "openvino"))
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {engines}"


def save(section: Section, path: Path = RESULTS) -> None:
    """Puts the section into the file, in the place of an older one of the same title."""
    text = path.read_text(encoding="utf-8") if path.is_file() else HEADING
    head, *sections = text.split("\n## ")
    titles = [old.split("\n", 1)[0] for old in sections]
    new = section.render().removeprefix("## ").rstrip() + "\n"
    if section.title in titles:
        sections[titles.index(section.title)] = new
    else:
        sections.append(new)
    path.write_text("\n## ".join([head.rstrip() + "\n", *(old.rstrip() + "\n" for old in sections)]), encoding="utf-8")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.is_file():
        return platform.processor() or platform.machine()
    lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    features = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in flags]
    return f"{name} ({' '.join(features)})" if features else name
