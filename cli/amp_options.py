"""Options that the commands of `mixassist amp` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.output import JSON_HELP

AmpPath = Annotated[Path, typer.Argument(metavar="MODEL", help="A .nam file, or the folder of an exported amp.")]
Size = Annotated[
    float | None, typer.Option(help="0 (smallest) to 1, for files with several sizes; the largest if not given.")
]
InputDbu = Annotated[
    float | None, typer.Option(help="dBu that reach 0 dBFS at the input, to meet the amp at its level.")
]
Normalize = Annotated[bool, typer.Option("--normalize", help="Bring the amp to the usual loudness.")]
Cabinet = Annotated[
    Path | None, typer.Option("--cab", metavar="IR", help="A cabinet's impulse response; its level does not matter.")
]
Oversample = Annotated[
    int, typer.Option(help="2 or 4: run the amp at that multiple of its rate, against folded tones; 1: do not.")
]
Knobs = Annotated[
    list[str] | None,
    typer.Option("--knob", metavar="NAME=VALUE", help="Where the amp's knobs stand, 0 to 1: gain=0.4,tone=0.5."),
]
Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
