"""`mixassist respace`: dry recordings into rooms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP, failed_songs, print_error, print_json, print_table

if TYPE_CHECKING:
    from separation.rooms.options import RespaceOptions
    from separation.rooms.placed_file import RespaceJob
    from separation.rooms.report import RespaceReport
    from separation.rooms.room import Size

ROOM_HELP = "A built-in room (see --list), or an impulse response file: mono, stereo or B-format.  [default: hall]"
RT60_HELP = "Reverberation time of a synthesised room, s; or eight with commas, for octaves from 63 Hz."
GAIN_HELP = "Gain of recording and room together, dB; if not given, down as far as integers would clip."


def respace(
    files: Annotated[list[Path] | None, typer.Argument(help="Recordings, or folders of them.")] = None,
    room: Annotated[str | None, typer.Option(help=ROOM_HELP)] = None,
    match: Annotated[Path | None, typer.Option(help="A recording: its room is heard and made anew.")] = None,
    rt60: Annotated[str | None, typer.Option(help=RT60_HELP)] = None,
    size: Annotated[str | None, typer.Option(help="Size of a synthesised room in m: LENGTHxWIDTHxHEIGHT.")] = None,
    distance: Annotated[float | None, typer.Option(help="From the source in a synthesised room, m.")] = None,
    predelay: Annotated[float | None, typer.Option(help="When the room is first heard, ms.")] = None,
    width: Annotated[float, typer.Option(help="Of the room: 0 is mono, 1 as it is, up to 1.5.")] = 1.0,
    wet: Annotated[float, typer.Option(help="How much louder than it would be the room is, dB; -inf: none.")] = 0.0,
    dry: Annotated[float, typer.Option(help="The same of the recording; -inf: the room alone, 100 % wet.")] = 0.0,
    gain: Annotated[float | None, typer.Option(help=GAIN_HELP)] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the results.")] = Path("respaced"),
    format_: Annotated[str, typer.Option("--format", help="wav, flac, ogg or mp3.")] = "wav",
    bit_depth: Annotated[str | None, typer.Option(help="16, 24 or 32f; as the input if not given.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the room's noise.")] = 0,
    plot: Annotated[bool, typer.Option("--plot", help="Draw spectrograms and the room's decay, as a PNG.")] = False,
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
    if room is not None and match is not None:
        raise OptionError(f"--room {room} and --match {match.name} are two rooms: choose one of them")
    options = RespaceOptions(
        room=room or "hall",
        rt60_s=_times(rt60),
        size_m=_size(size),
        distance_m=distance,
        predelay_ms=predelay,
        width=width,
        wet_db=wet,
        dry_db=dry,
        gain_db=gain,
        seed=seed,
        container=format_,  # type: ignore[arg-type]  # RespaceOptions checks the value
        bit_depth=bit_depth,  # type: ignore[arg-type]  # likewise
    )
    done, failures = _respace_all(_jobs(files, output, options, match, plot), options, force)
    if json:
        print_json({"songs": [report.to_dict() for report in done], "failures": failed_songs(failures)})
    else:
        for report in done:
            _print_report(report)
    if failures:
        raise typer.Exit(2)


def _jobs(files: list[Path], output: Path, options: RespaceOptions, match: Path | None, draw: bool) -> list[RespaceJob]:
    """What is to be made of each recording; the room of a reference is heard once for all."""
    from cli.songs import collect_songs, plan_folders
    from separation.rooms.matching import room_like
    from separation.rooms.placed_file import RespaceJob

    places = plan_folders(collect_songs(files, output), output)
    room = None if match is None else room_like(match)
    return [
        RespaceJob(
            song,
            place.with_name(f"{place.name}.{options.container}"),
            place.with_name(f"{place.name}.respace.png") if draw else None,
            room,
        )
        for song, place in places.items()
    ]


def _respace_all(
    jobs: list[RespaceJob], options: RespaceOptions, force: bool
) -> tuple[list[RespaceReport], dict[Path, str]]:
    """What became of each file; one that fails is reported and the others go on."""
    from cli.suggest_outputs import check_outputs, shown_progress
    from mixassist.errors import MixassistError
    from separation.rooms.placed_file import respace_file

    done: list[RespaceReport] = []
    failures: dict[Path, str] = {}
    for job in jobs:
        try:
            check_outputs([job.recording], job.outputs, force)
            with shown_progress(job.recording.name) as show:
                done.append(respace_file(job, options, show))
        except MixassistError as error:
            failures[job.recording] = str(error)
            print_error(error)
    return done, failures


def _times(text: str | None) -> float | tuple[float, ...] | None:
    numbers = None if text is None else _numbers(text, ",", "--rt60")
    return numbers[0] if numbers is not None and len(numbers) == 1 else numbers


def _size(text: str | None) -> Size | None:
    from mixassist.errors import OptionError

    if text is None:
        return None
    edges = _numbers(text, "x", "--size")
    if len(edges) != 3:
        raise OptionError(f"--size {text} has {len(edges)} edges: write LENGTHxWIDTHxHEIGHT in metres, as 20x14x6")
    return edges[0], edges[1], edges[2]


def _numbers(text: str, separator: str, option: str) -> tuple[float, ...]:
    from mixassist.errors import OptionError

    try:
        return tuple(float(part) for part in text.split(separator))
    except ValueError:
        raise OptionError(f"{option} {text} is no number, nor numbers with {separator!r} between them") from None


def _print_report(report: RespaceReport) -> None:
    room = "no room" if report.room_db is None else f"{report.room}, at {report.room_db:+.1f} dB"
    print(f"{report.song}: in {room}, {report.tail_s:.1f} s longer, {report.times_real_time:g} × real time")
    print(f"  {Path(report.output).parent}: {' '.join(report.files)}")
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
