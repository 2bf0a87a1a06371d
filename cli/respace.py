"""`mixassist respace`: dry recordings into rooms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP, print_error, print_json, print_table

if TYPE_CHECKING:
    from separation.rooms.options import RespaceOptions
    from separation.rooms.placing import RespaceReport


def respace(
    files: Annotated[list[Path] | None, typer.Argument(help="Recordings, or folders of them.")] = None,
    room: Annotated[str, typer.Option(help="A built-in room (see --list), or an impulse response file.")] = "hall",
    match: Annotated[Path | None, typer.Option(help="A recording: its room is heard and made anew.")] = None,
    rt60: Annotated[float | None, typer.Option(help="Reverberation time of a built-in room, seconds.")] = None,
    predelay: Annotated[float | None, typer.Option(help="When the room is first heard, ms.")] = None,
    wet: Annotated[float, typer.Option(help="How much louder than it would be the room is, dB; -inf: none.")] = 0.0,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")] = Path("respaced"),
    format_: Annotated[str, typer.Option("--format", help="wav, flac, ogg or mp3.")] = "wav",
    bit_depth: Annotated[str | None, typer.Option(help="16, 24 or 32f; as the input if not given.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the room's noise.")] = 0,
    force: Annotated[bool, typer.Option(help="Overwrite existing results.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show the built-in rooms and where they come from.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Place dry recordings into a room: the recording stays where it was, the room comes after it."""
    from mixassist.errors import OptionError
    from separation.rooms.options import RespaceOptions

    if list_:
        _print_rooms(as_json=json)
        return
    if not files:
        raise OptionError("no recording is given: name files, or pass --list to see the rooms")
    options = RespaceOptions(
        room,
        rt60,
        predelay,
        wet,
        seed,
        format_,  # type: ignore[arg-type]  # RespaceOptions checks the value
        bit_depth,  # type: ignore[arg-type]  # likewise
    )
    done, failures = _respace_all(files, output, options, match, force)
    if json:
        failed = [{"song": str(song), "error": message} for song, message in failures.items()]
        print_json({"songs": [report.to_dict() for report in done], "failures": failed})
    else:
        for report in done:
            _print_report(report)
    if failures:
        raise typer.Exit(2)


def _respace_all(
    files: list[Path], output: Path, options: RespaceOptions, match: Path | None, force: bool
) -> tuple[list[RespaceReport], dict[Path, str]]:
    """What became of each file; one that fails is reported and the others go on."""
    from cli.songs import collect_songs, plan_folders
    from cli.suggest_outputs import check_outputs, shown_progress
    from mixassist.errors import MixassistError
    from separation.rooms.matching import room_like
    from separation.rooms.placing import respace_file

    done: list[RespaceReport] = []
    failures: dict[Path, str] = {}
    room = None if match is None else room_like(match)
    for song, place in plan_folders(collect_songs(files, output), output).items():
        target = place.with_name(f"{place.name}.{options.container}")
        try:
            check_outputs([song], [target], force)
            with shown_progress(song.name) as show:
                done.append(respace_file(song, target, options, room, show))
        except MixassistError as error:
            failures[song] = str(error)
            print_error(error)
    return done, failures


def _print_report(report: RespaceReport) -> None:
    print(f"{report.song}: in {report.room}, {report.tail_s:.1f} s longer, {report.times_real_time:g} × real time")
    print(f"  {report.output}")
    for finding in report.findings:
        print(f"  {finding.severity}: {finding.message}")


def _print_rooms(as_json: bool) -> None:
    from dataclasses import asdict

    from separation.rooms.room import built_in_rooms

    rooms = built_in_rooms()
    if as_json:
        print_json({"rooms": [asdict(room) for room in rooms.values()]})
        return
    rows = [(name, f"{room.middle_s:.2f}", room.about, room.source) for name, room in rooms.items()]
    print_table("", ("room", ">RT60, s", "what it is", "where its time comes from"), rows)
