"""`mixassist dereverb`: recordings without their room."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP, print_error, print_json, song_progress

if TYPE_CHECKING:
    from rich.progress import Progress

    from separation.dereverb import DereverbOptions, DereverbReport


def dereverb(
    recordings: Annotated[list[Path], typer.Argument(help="Recordings, or folders of them.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the files.")] = Path("dereverberated"),
    strength: Annotated[float, typer.Option(help="Share of the tail to take away, 0 to 1.")] = 1.0,
    method: Annotated[str, typer.Option(help="auto or wpe, which are the same today; net is not there yet.")] = "auto",
    keep_early: Annotated[float, typer.Option(help="Reflections up to this age stay, in ms.")] = 35.0,
    write_tail: Annotated[
        bool, typer.Option("--write-tail", help="Write what was taken away, too: dry + tail = input.")
    ] = False,
    bit_depth: Annotated[str | None, typer.Option(help="16, 24 or 32f; as the input if not given.")] = None,
    force: Annotated[bool, typer.Option(help="Overwrite existing files.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Take the tail of the room away from recordings; what is left and the tail sum to the recording."""
    from cli.songs import collect_songs, plan_folders
    from mixassist.errors import MixassistError
    from separation.dereverb import DereverbOptions

    options = DereverbOptions(strength, method, keep_early, bit_depth=bit_depth)  # type: ignore[arg-type]  # checked
    reports: list[DereverbReport] = []
    failures: dict[Path, str] = {}
    with song_progress() as progress:
        for recording, place in plan_folders(collect_songs(recordings, output), output).items():
            outputs = [place.with_name(f"{place.name}.{part}.wav") for part in ("dry", "tail")[: 1 + write_tail]]
            try:
                _refuse_overwriting(outputs, force)
                reports.append(_dereverb_one(recording, outputs, options, progress))
            except MixassistError as error:
                failures[recording] = str(error)
                print_error(error)
    if json:
        failed = [{"recording": str(path), "error": message} for path, message in failures.items()]
        print_json({"recordings": [report.to_dict() for report in reports], "failures": failed})
    else:
        for report in reports:
            _print_report(report, output)
    if failures:
        raise typer.Exit(2)


def _refuse_overwriting(outputs: list[Path], use_force: bool) -> None:
    from mixassist.errors import OptionError

    existing = [path.name for path in outputs if path.exists()]
    if existing and not use_force:
        raise OptionError(f"{outputs[0].parent} already holds {', '.join(existing)}: pass --force, or another -o")


def _dereverb_one(recording: Path, outputs: list[Path], options: DereverbOptions, progress: Progress) -> DereverbReport:
    from mixassist.audio.files import probe_audio
    from separation.dereverb import dereverberate_file

    dry, tail = outputs[0], outputs[1] if len(outputs) > 1 else None
    task = progress.add_task(recording.name, total=probe_audio(recording).seconds, chunk="", speed="")
    try:
        return dereverberate_file(recording, dry, options, tail, lambda done_s: progress.update(task, completed=done_s))
    finally:
        progress.remove_task(task)


def _print_report(report: DereverbReport, folder: Path) -> None:
    taken = "no tail found" if report.tail_db is None else f"tail at {report.tail_db:.1f} dB taken away"
    print(f"{report.recording}: {taken}, {report.times_real_time:.1f} × real time")
    print(f"  {folder}: {' '.join(report.files)}")
    for finding in report.findings:
        print(f"  {finding.severity}: {finding.message}")
