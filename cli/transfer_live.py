"""`mixassist transfer live`: playing as another, sound card in, sound card out."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.keys import keys_pressed
from cli.live_display import Display, card_of, print_how_it_went
from cli.live_take import Force, Record, TakeFile
from cli.output import JSON_HELP, print_json, say
from mixassist.errors import OptionError

if TYPE_CHECKING:
    from mixassist.audio.live import LiveReport
    from transfer.controls.statistics import ControlStatistics
    from transfer.live import LiveTimbre
    from transfer.timbre import Timbre

N_KEYS = 9
"""Timbres beyond have no key."""


def live(
    models: Annotated[
        list[str],
        typer.Argument(metavar="MODEL...", help="Timbres by name or folder; keys 1, 2, ... choose, n the next."),
    ],
    block: Annotated[int, typer.Option(help="Frames per block: fewer are sooner heard, more are safer.")] = 128,
    played: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A recording of you playing, to match at once; else that is learned live."),
    ] = None,
    shift: Annotated[
        float | None, typer.Option(help="Semitones to move notes by; not given: octaves, into the model's register.")
    ] = None,
    autotune: Annotated[float, typer.Option(min=0, max=1, help="0 leaves notes as they are, 1 tunes them.")] = 0.0,
    match: Annotated[
        bool, typer.Option(help="Lay loudness on the model's, and turn down what belongs to no note.")
    ] = True,
    engine: Annotated[str, typer.Option(help="What computes: auto, onnxruntime, openvino or torch.")] = "auto",
    device: Annotated[
        str | None, typer.Option(help="The card, by name or number; the system's own if not given.")
    ] = None,
    output_device: Annotated[str | None, typer.Option(help="Another card for the output.")] = None,
    input_number: Annotated[int, typer.Option("--input", help="The card's input you are in, from 1.")] = 1,
    rate: Annotated[int, typer.Option(help="The card's rate in Hz.")] = 48000,
    ahead: Annotated[int, typer.Option(help="Blocks a result may take: each adds a block of latency and safety.")] = 1,
    seconds: Annotated[float | None, typer.Option(help="Stop after this long; else Ctrl-C does.")] = None,
    record: Record = None,
    force: Force = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Play as another; Ctrl-C ends it. What comes too late is heard dry, and counted.

    Use headphones: a microphone that hears the loudspeaker plays on by itself.
    """
    from mixassist.audio.live import LiveOptions, play_live
    from mixassist.audio.live_desk import DeskOptions
    from mixassist.runtime.streaming.plan import HostFormat
    from transfer.controls import MatchOptions
    from transfer.live import LiveTimbre, LiveTimbreOptions
    from transfer.take import tags_of_take

    matched = MatchOptions(shift, match, match, autotune)
    desk = DeskOptions(rate=rate, block=block, n_blocks_ahead=ahead)
    cards = card_of(device), card_of(device if output_device is None else output_device)
    options = LiveOptions(desk, *cards, input_number, seconds)
    _require_free(record, force)
    timbres = _load(models, engine)
    take = TakeFile(record, force, tags_of_take([timbre.artifact for timbre in timbres]))
    process = LiveTimbre(timbres, HostFormat(block, rate), LiveTimbreOptions(matched, _statistics(played)))
    _tell_credits(timbres)
    display = Display(process, lambda: _chosen(timbres, process))

    def look(report: LiveReport) -> None:
        display.look(report)
        take.look(report)

    begin = time.monotonic()
    with _kept(take, timbres, process), take.recorded(desk), _swapped_by_keys(timbres, process), display.shown():
        report = play_live(process, options, say, look, take.hear)
    _sum_up(report, time.monotonic() - begin, (timbres, process, take), json)


def _require_free(record: Path | None, is_forced: bool) -> None:
    """Refuses to replace the credits of another file."""
    from transfer.rendered import sidecar_of

    if record is not None and sidecar_of(record).exists() and not is_forced:
        raise OptionError(f"{sidecar_of(record)} exists, of another file: give {record.name} another name, or --force")


def _load(models: Sequence[str], engine: str) -> list[Timbre]:
    from transfer.timbre import load_timbre

    if len(models) > N_KEYS:
        raise OptionError(f"{len(models)} timbres are given and keys choose {N_KEYS}: leave some out")
    return [load_timbre(model, engine) for model in models]


def _statistics(played: Path | None) -> ControlStatistics | None:
    """What a recording says of the player; None where there is none."""
    from mixassist.audio import probe_audio, read_blocks
    from transfer.mixdown import choose_mix
    from transfer.timbre import measure

    if played is None:
        return None
    mixdown = choose_mix(read_blocks(played))
    heard = measure(mixdown.apply(read_blocks(played)), probe_audio(played).rate)
    for finding in (*mixdown.findings, *heard.findings()):
        say(f"{finding.severity}: {played}: {finding.message}")
    return heard.statistics


def _tell_credits(timbres: Sequence[Timbre]) -> None:
    for number, timbre in enumerate(timbres, 1):
        who = "; ".join(f"{credit.contributor.name} ({credit.contributor.licence})" for credit in timbre.credits)
        say(
            f"{number}: {timbre.name}, the sound of {who}" if len(timbres) > 1 else f"{timbre.name}, the sound of {who}"
        )


def _chosen(timbres: Sequence[Timbre], process: LiveTimbre) -> str:
    return f"{process.chosen + 1} {timbres[process.chosen].name}" if len(timbres) > 1 else ""


@contextlib.contextmanager
def _swapped_by_keys(timbres: Sequence[Timbre], process: LiveTimbre) -> Iterator[None]:
    """Digits choose a timbre, n and space the next one."""

    def act(key: str) -> None:
        if key in ("n", " "):
            process.choose((process.chosen + 1) % len(timbres))
        elif key.isdecimal() and 1 <= int(key) <= len(timbres):
            process.choose(int(key) - 1)

    if len(timbres) == 1:
        yield
        return
    with keys_pressed(act) as is_heard:
        say(
            f"keys 1 to {len(timbres)} choose, n is the next"
            if is_heard
            else "no terminal, so no keys: the first plays"
        )
        yield


@contextlib.contextmanager
def _kept(take: TakeFile, timbres: Sequence[Timbre], process: LiveTimbre) -> Iterator[None]:
    """Writes the sidecar of a take, however the playing ended, if there is one."""
    from transfer.take import write_take_sidecar

    try:
        yield
    finally:
        if take.was_kept and take.path is not None:
            write_take_sidecar(take.path, [timbres[index].artifact for index in sorted(process.was_heard)])


def _sum_up(
    report: LiveReport, seconds: float, played: tuple[Sequence[Timbre], LiveTimbre, TakeFile], is_json: bool
) -> None:
    timbres, process, take = played
    timing = process.timing.to_dict()
    heard = [timbres[index].name for index in sorted(process.was_heard)]
    if is_json:
        summary: dict[str, Any] = {
            "models": [timbre.name for timbre in timbres],
            "heard": heard,
            "credits": [credit.to_dict() for index in sorted(process.was_heard) for credit in timbres[index].credits],
            "seconds": round(seconds, 1),
            **report.to_dict(),
            "timing": timing,
            **take.to_dict(),
        }
        print_json(summary)
        return
    print_how_it_went(", ".join(heard), seconds, report, timing)
    if report.n_misses:
        print("  to miss fewer: a higher --ahead, or a longer --block")
    for line in take.lines():
        print(line)
