"""`mixassist respace`: dry recordings into rooms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import print_json, print_table
from cli.recording_options import Depth, Force, Json, Output, Resume

if TYPE_CHECKING:
    from cli.recordings import RecordingCommand
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
    output: Output = Path("respaced"),
    format_: Annotated[str, typer.Option("--format", help="wav, flac, ogg or mp3.")] = "wav",
    bit_depth: Depth = None,
    seed: Annotated[int, typer.Option(help="Seed of the room's noise.")] = 0,
    plot: Annotated[bool, typer.Option("--plot", help="Draw spectrograms and the room's decay, as a PNG.")] = False,
    resume: Resume = True,
    force: Force = False,
    list_: Annotated[bool, typer.Option("--list", help="Show the built-in rooms and where they come from.")] = False,
    json: Json = False,
) -> None:
    """Place dry recordings into a room: the recording stays where it was, the room comes after it."""
    from cli.recordings import Overwriting, report_recordings, run_recordings
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
    result = run_recordings(files, output, _command(options, match, plot), Overwriting(resume, force))
    report_recordings(result, output, _describe, json)


def _command(options: RespaceOptions, match: Path | None, draw: bool) -> RecordingCommand[RespaceJob, RespaceReport]:
    """What is to be made of each recording; the room of a reference is heard once for all."""
    from cli.recordings import RecordingCommand
    from separation.rooms.matching import room_like
    from separation.rooms.placed_file import RespaceJob
    from separation.rooms.report import RespaceReport
    from separation.rooms.room_placer import RoomPlacer

    placer = RoomPlacer(options, None if match is None else room_like(match))
    settings = placer.settings()

    def job(recording: Path, place: Path) -> RespaceJob:
        return RespaceJob(
            recording,
            place.with_name(f"{place.name}.{options.container}"),
            place.with_name(f"{place.name}.respace.json"),
            place.with_name(f"{place.name}.respace.png") if draw else None,
            settings,
        )

    return RecordingCommand(job, placer.run, RespaceReport)


def _describe(report: RespaceReport) -> str:
    room = "no room" if report.room_db is None else f"{report.room}, at {report.room_db:+.1f} dB"
    return f"in {room}, {report.tail_s:.1f} s longer"


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


def _print_rooms(as_json: bool) -> None:
    from dataclasses import asdict

    from separation.rooms.room import built_in_rooms

    rooms = built_in_rooms()
    if as_json:
        print_json({"rooms": [asdict(room) for room in rooms.values()]})
        return
    rows = [(name, f"{room.middle_s:.2f}", room.about, room.source) for name, room in rooms.items()]
    print_table("", ("room", ">RT60, s", "what it is", "where its time comes from"), rows)
