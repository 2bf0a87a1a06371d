"""`mixassist inspect`: what finished songs measure, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.cluster import Cluster, ClusterOptions
from cli.output import JSON_HELP, failed_songs, print_error, print_json, print_table
from cli.suggest_outputs import MODEL_HELP, check_outputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.cluster import ClusterResult
    from cli.ray_crew import Work
    from mixassist.errors import MixassistError
    from mixassist.suggest.inspection import Inspection


def inspect(
    songs: Annotated[
        list[Path], typer.Argument(help="Songs, or folders of songs: anything libsndfile or FFmpeg reads.")
    ],
    report: Annotated[Path | None, typer.Option(help="Write an HTML report with pictures, all in one file.")] = None,
    genre_model: Annotated[Path | None, typer.Option(help=MODEL_HELP)] = None,
    force: Annotated[bool, typer.Option(help="Overwrite an existing report.")] = False,
    cluster: Cluster = None,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Measure loudness, peaks, dynamics, spectrum, stereo, tempo and key, and say what is wrong."""
    from cli.songs import collect_songs

    paths = collect_songs(songs, output=Path(".mixassist"))
    given = paths if genre_model is None else [*paths, genre_model]
    check_outputs(given, () if report is None else (report,), force)
    result = _Inspections()
    if cluster is not None:
        _inspect_on_cluster(paths, genre_model, cluster, result)
    else:
        _inspect_here(paths, genre_model, result, as_they_come=not json)
    done = [result.done[path] for path in paths if path in result.done]
    if json:
        told = {"songs": [inspection.to_dict() for inspection in done], "failures": failed_songs(result.failures)}
        print_json(told if result.cluster is None else {**told, "cluster": result.cluster.to_dict()})
    if report is not None and done:
        from mixassist.suggest.song_report import write_report

        write_report(done, report)
    if result.cluster is not None and not json:
        for inspection in done:
            _print_song(inspection)
    if result.cluster is not None and result.cluster.was_interrupted:
        raise typer.Exit(130)
    if result.failures:
        raise typer.Exit(2)


@dataclass
class _Inspections:
    """What became of the songs, filled while they are inspected."""

    done: dict[Path, Inspection] = field(default_factory=dict)
    failures: dict[Path, str] = field(default_factory=dict)
    cluster: ClusterResult | None = None

    def fail(self, song: Path, error: MixassistError) -> None:
        self.failures[song] = str(error)
        print_error(error)


def _inspect_here(paths: Sequence[Path], genre_model: Path | None, result: _Inspections, as_they_come: bool) -> None:
    from mixassist.errors import AudioError
    from mixassist.suggest.inspection import inspect as inspect_song

    for song in paths:
        try:
            result.done[song] = inspect_song(song, genre_model)
        except AudioError as error:
            result.fail(song, error)
            continue
        if as_they_come:
            _print_song(result.done[song])


def _inspect_on_cluster(paths: Sequence[Path], genre_model: Path | None, address: str, result: _Inspections) -> None:
    """Paths travel whole, as workers may stand elsewhere, and come back as they were given."""
    from cli.cluster import run_on_cluster
    from mixassist.errors import MixassistError

    given = {path.absolute(): path for path in paths}

    def keep(path: Path, outcome: Inspection | MixassistError) -> None:
        if isinstance(outcome, MixassistError):
            result.fail(given[path], outcome)
        else:
            result.done[given[path]] = replace(outcome, song=given[path])

    opening = partial(_open_on_cluster, None if genre_model is None else genre_model.absolute())
    result.cluster = run_on_cluster(list(given), opening, ClusterOptions(address), keep)


def _open_on_cluster(genre_model: Path | None, n_threads: int) -> Work[Path, Inspection]:
    """Inspects songs, by a model of genres that was found to be one; meters know one thread."""
    from mixassist.suggest.genre_model import load_genre_model
    from mixassist.suggest.inspection import inspect as inspect_song

    load_genre_model(genre_model)
    return lambda song, keep_going: inspect_song(song, genre_model)


def _print_song(song: Inspection) -> None:
    from mixassist.suggest.song_words import rows, spectrum_bars

    channels = "mono" if song.n_channels == 1 else "stereo"
    print(f"{song.song}: {song.seconds:.1f} s, {song.rate} Hz, {channels}")
    print_table("", ("measure", ">value", "meaning"), list(rows(song)))
    print(f"spectrum  {spectrum_bars(song)}")
    for finding in song.findings:
        print(f"{finding.severity}: {finding.code}: {finding.message}")
    print()
