"""`mixassist inspect`: what finished songs measure, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP, failed_songs, print_error, print_json, print_table
from cli.suggest_outputs import MODEL_HELP, check_outputs

if TYPE_CHECKING:
    from mixassist.suggest.inspection import Inspection


def inspect(
    songs: Annotated[
        list[Path], typer.Argument(help="Songs, or folders of songs: anything libsndfile or FFmpeg reads.")
    ],
    report: Annotated[Path | None, typer.Option(help="Write an HTML report with pictures, all in one file.")] = None,
    genre_model: Annotated[Path | None, typer.Option(help=MODEL_HELP)] = None,
    force: Annotated[bool, typer.Option(help="Overwrite an existing report.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Measure loudness, peaks, dynamics, spectrum, stereo, tempo and key, and say what is wrong."""
    from cli.songs import collect_songs
    from mixassist.errors import AudioError
    from mixassist.suggest.inspection import inspect as inspect_song

    paths = collect_songs(songs, output=Path(".mixassist"))
    given = paths if genre_model is None else [*paths, genre_model]
    check_outputs(given, () if report is None else (report,), force)
    done: list[Inspection] = []
    failures: dict[Path, str] = {}
    for song in paths:
        try:
            done.append(inspect_song(song, genre_model))
        except AudioError as error:
            failures[song] = str(error)
            print_error(error)
            continue
        if not json:
            _print_song(done[-1])
    if json:
        print_json({"songs": [inspection.to_dict() for inspection in done], "failures": failed_songs(failures)})
    if report is not None and done:
        from mixassist.suggest.song_report import write_report

        write_report(done, report)
    if failures:
        raise typer.Exit(2)


def _print_song(song: Inspection) -> None:
    from mixassist.suggest.song_words import rows, spectrum_bars

    channels = "mono" if song.n_channels == 1 else "stereo"
    print(f"{song.song}: {song.seconds:.1f} s, {song.rate} Hz, {channels}")
    print_table("", ("measure", ">value", "meaning"), list(rows(song)))
    print(f"spectrum  {spectrum_bars(song)}")
    for finding in song.findings:
        print(f"{finding.severity}: {finding.code}: {finding.message}")
    print()
