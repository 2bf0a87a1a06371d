"""`mixassist amp live`: playing through an amp, sound card in, sound card out."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.amp_knobs import open_amp
from cli.amp_options import AmpPath, Cabinet, InputDbu, Json, Knobs, Normalize, Oversample, Size
from cli.output import notes, print_json, say

if TYPE_CHECKING:
    from rich.text import Text

    from amp_models.playing.live_amp import LiveAmp
    from mixassist.audio.live import LiveReport

N_REFRESHES_PER_S = 6
"""A line of meters takes the interpreter 0.1 ms, a table ten times as long: most of a block of 64."""

LOWEST_SHOWN_DB = -60.0
N_BAR = 15


def live(
    model: AmpPath,
    block: Annotated[int, typer.Option(help="Frames per block: fewer are sooner heard, more are safer.")] = 64,
    cab: Cabinet = None,
    oversample: Oversample = 1,
    input_dbu: InputDbu = None,
    normalize: Normalize = False,
    size: Size = None,
    knob: Knobs = None,
    device: Annotated[
        str | None, typer.Option(help="The card, by name or number; the system's own if not given.")
    ] = None,
    output_device: Annotated[str | None, typer.Option(help="Another card for the output.")] = None,
    input_number: Annotated[int, typer.Option("--input", help="The card's input the guitar is in, from 1.")] = 1,
    rate: Annotated[int | None, typer.Option(help="The card's rate in Hz; the amp's own if not given.")] = None,
    ahead: Annotated[int, typer.Option(help="Blocks a result may take: each adds a block of latency and safety.")] = 1,
    seconds: Annotated[float | None, typer.Option(help="Stop after this long; else Ctrl-C does.")] = None,
    json: Json = False,
) -> None:
    """Play through an amp; Ctrl-C ends it. What comes too late is heard dry, and counted."""
    from amp_models import PlayOptions
    from mixassist.audio.live import LiveOptions, play_live
    from mixassist.audio.live_desk import DeskOptions
    from mixassist.runtime.streaming.plan import HostFormat

    options = PlayOptions(input_dbu, normalize, cabinet=cab, oversampling=oversample)
    amp = open_amp(model, size, knob)
    host_rate = amp.rate if rate is None else rate
    cards = _card(device), _card(device if output_device is None else output_device)
    desk = DeskOptions(rate=host_rate, block=block, n_blocks_ahead=ahead)
    process = amp.open_live(HostFormat(block, host_rate), options)
    begin = time.monotonic()
    display = _Display(process)
    with display.shown():
        report = play_live(process, LiveOptions(desk, *cards, input_number, seconds), say, display.look)
    summary = {
        "model": amp.facts.name,
        "seconds": round(time.monotonic() - begin, 1),
        **report.to_dict(),
        "timing": process.timing.to_dict(),
    }
    if json:
        print_json(summary)
        return
    _print_summary(summary, report)


def _card(device: str | None) -> str | int | None:
    return int(device) if device is not None and device.isdecimal() else device


def _print_summary(summary: dict[str, Any], report: LiveReport) -> None:
    timing = summary["timing"]
    print(
        f"{summary['model']}: {summary['seconds']:.1f} s, {report}; a block took {timing['median_ms']:.2f} ms,"
        f" 1 in 100 more than {timing['p99_ms']:.2f} ms, of {timing['budget_ms']:.2f} ms"
    )
    if report.n_misses:
        print("  to miss fewer: a higher --ahead, a longer --block, a smaller --size, or less --oversample")


class _Display:
    """A line of meters and counts on a terminal that shows it; elsewhere nothing."""

    def __init__(self, process: LiveAmp) -> None:
        self._process = process
        self._report: LiveReport | None = None

    def look(self, report: LiveReport) -> None:
        """Shows these counts from now on."""
        self._report = report

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        from rich.live import Live

        console = notes()
        if not console.is_terminal:
            yield
            return
        with Live(get_renderable=self._line, console=console, refresh_per_second=N_REFRESHES_PER_S, transient=True):
            yield

    def _line(self) -> Text:
        from rich.text import Text

        if self._report is None:
            return Text("")
        report = self._report
        counts = f"{report.total_latency_ms:.1f} ms  {report.n_misses} missed  {report.n_xruns} xruns"
        levels = (f"{name} {_bar(meter.level_db)}" for name, meter in self._meters())
        return Text(f"{'  '.join(levels)}  {counts}", no_wrap=True)

    def _meters(self) -> tuple[tuple[str, Any], ...]:
        return ("in", self._process.heard), ("out", self._process.played)


def _bar(level_db: float) -> str:
    """A level as a bar and a number."""
    n_filled = round(N_BAR * min(max(1 - level_db / LOWEST_SHOWN_DB, 0), 1))
    return f"{'█' * n_filled}{'·' * (N_BAR - n_filled)} {level_db:6.1f} dBFS"
