"""What a terminal shows while somebody plays: meters, latency and misses in one line; and how it went."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from cli.output import notes

if TYPE_CHECKING:
    from rich.text import Text

    from mixassist.audio.live import LiveReport
    from mixassist.audio.live_meter import Meter
    from mixassist.runtime.streaming.timing import Timing

N_REFRESHES_PER_S = 6
"""A line of meters takes the interpreter 0.1 ms, a table ten times as long: most of a block of 64."""

LOWEST_SHOWN_DB = -60.0
N_BAR = 15


class Played(Protocol):
    """What somebody plays through, with its levels before and after."""

    heard: Meter
    played: Meter

    @property
    def timing(self) -> Timing: ...


class Display:
    """A line of meters and counts on a terminal that shows it; elsewhere nothing. `tell` says what comes after them."""

    def __init__(self, process: Played, tell: Callable[[], str] = lambda: "") -> None:
        self._process = process
        self._tell = tell
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
        meters = (("in", self._process.heard), ("out", self._process.played))
        levels = (f"{name} {_bar(meter.level_db)}" for name, meter in meters)
        return Text(f"{'  '.join(levels)}  {counts}  {self._tell()}".rstrip(), no_wrap=True, overflow="ellipsis")


def card_of(device: str | None) -> str | int | None:
    """A card by its number, where that is given, else by its name; None for the system's own."""
    return int(device) if device is not None and device.isdecimal() else device


def print_how_it_went(name: str, seconds: float, report: LiveReport, timing: dict[str, Any]) -> None:
    """A line on stdout."""
    print(
        f"{name}: {seconds:.1f} s, {report}; a block took {timing['median_ms']:.2f} ms,"
        f" 1 in 100 more than {timing['p99_ms']:.2f} ms, of {timing['budget_ms']:.2f} ms"
    )


def _bar(level_db: float) -> str:
    """A level as a bar and a number."""
    n_filled = round(N_BAR * min(max(1 - level_db / LOWEST_SHOWN_DB, 0), 1))
    return f"{'█' * n_filled}{'·' * (N_BAR - n_filled)} {level_db:6.1f} dBFS"
