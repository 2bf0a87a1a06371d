"""`mixassist dereverb`: recordings without their room."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.cluster import Cluster
from cli.recording_options import Depth, Force, Json, Output, Recordings, RemovalPlot, Resume

if TYPE_CHECKING:
    from separation.removal_report import RemovalReport

SURE = 0.5
"""From this confidence on a room is told without a "perhaps"."""


def dereverb(
    recordings: Recordings,
    output: Output = Path("dereverberated"),
    strength: Annotated[float, typer.Option(help="Share of the tail to take away, 0 to 1.")] = 1.0,
    method: Annotated[
        str, typer.Option(help="wpe foretells the tail, convolution fits a room to it, auto takes what is best.")
    ] = "auto",
    keep_early: Annotated[float, typer.Option(help="Reflections up to this age stay, in ms.")] = 45.0,
    write_tail: Annotated[
        bool, typer.Option("--write-tail", help="Write what was taken away, too: dry + tail = input.")
    ] = False,
    plot: RemovalPlot = False,
    bit_depth: Depth = None,
    resume: Resume = True,
    force: Force = False,
    cluster: Cluster = None,
    json: Json = False,
) -> None:
    """Take the tail of the room away from recordings; what is left and the tail sum to the recording."""
    from cli.recordings import Overwriting, report_recordings, run_recordings
    from cli.removals import RemovalFiles, removal_command
    from separation.dereverb import DereverbOptions
    from separation.dereverb.room_removal import RoomRemover

    options = DereverbOptions(strength, method, keep_early, bit_depth=bit_depth)  # type: ignore[arg-type]  # checked
    remover = RoomRemover(options)
    taken = "tail" if write_tail else None
    files = RemovalFiles("dereverb", "dry", taken, plot, remover.settings(), options.strength, options.bit_depth)
    command = removal_command(files, remover.run)
    result = run_recordings(recordings, output, command, Overwriting(resume, force), cluster)
    report_recordings(result, output, _describe, json)


def _describe(report: RemovalReport) -> str:
    """What was taken, which room was heard, and how much sooner sounds fall silent."""
    from cli.removals import nothing_taken
    from separation.dereverb.decay_curves import FALL_TOLD_S

    if report.taken_db is None:
        return f"{nothing_taken(report, 'tail')}; room: {_room(report.measured['before'])}"
    before_db, after_db = (report.measured["fall_db"][when] for when in ("before", "after"))
    said = f"tail at {report.taken_db:.1f} dB taken away; room: {_room(report.measured['before'])}"
    if before_db is None:
        return said
    return f"{said}; {FALL_TOLD_S:g} s after sounds end the level is {after_db:.1f} dB down, {before_db:.1f} dB before"


def _room(estimate: Mapping[str, Any]) -> str:
    from mixassist.dsp.blind_decay import DRY_DB

    if estimate["rt60_s"] is None or estimate["drr_db"] >= DRY_DB:
        return "none heard"
    perhaps = "" if estimate["confidence"] >= SURE else "perhaps "
    ratio_db = estimate["drr_db"]
    level = f"{abs(ratio_db):.0f} dB {'softer' if ratio_db >= 0 else 'louder'} than the direct sound"
    return f"{perhaps}{estimate['rt60_s']:.2f} s (RT60), {level}"
