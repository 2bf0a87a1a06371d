"""The `mixassist` command: its subcommands, and the one place where errors become a line and an exit code.

Exit codes: 0 done, 2 the input cannot be used (one line on stderr), 130 interrupted, 1 a bug (with its traceback).
"""

from __future__ import annotations

import io
import signal
import sys
from types import FrameType

import typer

from cli.amp import app as amp_app
from cli.demo import demo
from cli.denoise import denoise
from cli.deploy import deploy
from cli.dereverb import dereverb
from cli.doctor import doctor
from cli.genre import app as genre_app
from cli.inspection import inspect
from cli.model import app as model_app
from cli.respace import respace
from cli.separate import separate
from cli.suggest import app as suggest_app
from cli.transfer import app as transfer_app
from mixassist.errors import MixassistError

app = typer.Typer(
    name="mixassist",
    help="Stems from finished songs, and the models behind them.",
    epilog="Example: mixassist separate song.mp3 -o stems",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo", epilog="Example: mixassist demo -o demo")(demo)
app.command("separate", epilog="Example: mixassist separate song.mp3 --two-stems vocals --format flac")(separate)
app.command("dereverb", epilog="Example: mixassist dereverb vocals.wav --strength 0.8 --write-tail")(dereverb)
app.command("denoise", epilog="Example: mixassist denoise vinyl.flac --write-noise")(denoise)
app.command("respace", epilog="Example: mixassist respace vocals.wav --room carnegie")(respace)
app.command("inspect", epilog="Example: mixassist inspect master.wav --report master.html")(inspect)
app.command("deploy", epilog="Example: mixassist deploy lite-live amp.nam alto-sax --target jetson -o pedal")(deploy)
app.command("doctor", epilog="Example: mixassist doctor")(doctor)
app.add_typer(amp_app, name="amp")
app.add_typer(genre_app, name="genre")
app.add_typer(model_app, name="model")
app.add_typer(suggest_app, name="suggest")
app.add_typer(transfer_app, name="transfer")


def main() -> None:
    """Runs the command line."""
    _end_as_by_ctrl_c()
    for stream in (sys.stdout, sys.stderr):  # a file's name may hold what the terminal cannot show
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except MixassistError as error:
        print(f"mixassist: {error}", file=sys.stderr)
        sys.exit(2)


def _end_as_by_ctrl_c() -> None:
    """Lets `kill`, and a terminal that is closed, end work as Ctrl-C does: a take that is recorded is kept."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup has it ignored, and means it
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: putting things away is not to be interrupted
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
