"""`mixassist separate`: songs into stems."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.cluster import CLUSTER_HELP, ClusterOptions
from cli.machine import ENGINES_HELP, n_cores
from cli.output import JSON_HELP, how_to_go_on, print_json, say

if TYPE_CHECKING:
    from cli.batch import BatchResult, DoneSong

PANEL_SOUND = "Sound"
PANEL_FILES = "Files"
PANEL_MACHINE = "Machine"


def separate(
    songs: Annotated[
        list[Path], typer.Argument(help="Songs, or folders of songs: anything libsndfile or FFmpeg reads.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the stems.", rich_help_panel=PANEL_FILES)
    ] = Path("separated"),
    model: Annotated[
        str,
        typer.Option(
            help="auto, lite or lite-live (embedded), htdemucs, htdemucs_ft, htdemucs_6s, hdemucs_mmi, "
            "hf://owner/name, or a path.",
            rich_help_panel=PANEL_SOUND,
        ),
    ] = "auto",
    stems: Annotated[
        str | None, typer.Option(help="Write only these: vocals,drums", rich_help_panel=PANEL_SOUND)
    ] = None,
    two_stems: Annotated[
        str | None, typer.Option(help="Write this stem and everything else (no_STEM).", rich_help_panel=PANEL_SOUND)
    ] = None,
    format_: Annotated[
        str, typer.Option("--format", help="wav, flac, ogg or mp3.", rich_help_panel=PANEL_FILES)
    ] = "wav",
    bit_depth: Annotated[
        str | None, typer.Option(help="16, 24 or 32f; as the input if not given.", rich_help_panel=PANEL_FILES)
    ] = None,
    engine: Annotated[str, typer.Option(help=f"auto, {ENGINES_HELP}.", rich_help_panel=PANEL_MACHINE)] = "auto",
    precision: Annotated[str, typer.Option(help="auto, fp32, bf16 or fp16.", rich_help_panel=PANEL_MACHINE)] = "auto",
    overlap: Annotated[float, typer.Option(help="Overlap of chunks, 0 to 0.9.", rich_help_panel=PANEL_SOUND)] = 0.25,
    shifts: Annotated[int, typer.Option(help="Average over this many random shifts.", rich_help_panel=PANEL_SOUND)] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the shifts.", rich_help_panel=PANEL_SOUND)] = 0,
    resume: Annotated[bool, typer.Option(help="Keep songs that are already done.", rich_help_panel=PANEL_FILES)] = True,
    force: Annotated[bool, typer.Option(help="Overwrite existing stems.", rich_help_panel=PANEL_FILES)] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Songs at a time: 1, or as many as a cluster has cores.", rich_help_panel=PANEL_MACHINE
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Threads in all; as many as cores if not given.", rich_help_panel=PANEL_MACHINE),
    ] = None,
    cluster: Annotated[str | None, typer.Option(help=CLUSTER_HELP, rich_help_panel=PANEL_MACHINE)] = None,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Split finished songs into stems that sum to the song."""
    from cli.batch import BatchOptions, run_batch
    from separation import SeparationOptions
    from separation.lanes import LaneOptions

    options = SeparationOptions(
        model=model,
        stems=None if stems is None else tuple(stem.strip() for stem in stems.split(",")),
        two_stems=two_stems,
        container=format_,  # type: ignore[arg-type]  # SeparationOptions checks the value
        bit_depth=bit_depth,  # type: ignore[arg-type]  # likewise
        engine=engine,
        precision=precision,
        n_threads=threads or n_cores(),
        lanes=LaneOptions(overlap=overlap, shifts=shifts, seed=seed),
    )
    many = None if cluster is None else ClusterOptions(cluster, jobs, threads)
    result = run_batch(songs, BatchOptions(output, options, resume, force, jobs or 1, many))
    _report(result, how_to_go_on(resume, force), as_json=json)
    if result.was_interrupted:
        raise typer.Exit(130)
    if result.failures:
        raise typer.Exit(2)


def _report(result: BatchResult, next_step: str, as_json: bool) -> None:
    if as_json:
        print_json(result.to_dict())
        return
    for done in result.done:
        _print_song(done)
    if result.was_interrupted:
        n_songs = len(result.done) + len(result.failures) + result.n_left
        say(f"interrupted: {len(result.done)} of {n_songs} songs are done; {next_step}")


def _print_song(done: DoneSong) -> None:
    """What became of a song, and its findings, on stdout: paths stay whole, so that they can be copied."""
    report = done.report
    how = "done before" if done.was_resumed else f"{report.times_real_time:.1f} × real time"
    print(f"{report.song}: {report.model} on {report.engine} {report.precision}, {how}")
    print(f"  {done.folder}: {' '.join(report.files)}")
    for finding in report.findings:
        print(f"  {finding.severity}: {finding.message}")
