"""`mixassist denoise`: recordings without clicks, hum and hiss."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.recording_options import Depth, Force, Json, Output, Recordings, RemovalPlot, Resume

if TYPE_CHECKING:
    from separation.removal_report import RemovalReport


def denoise(
    recordings: Recordings,
    output: Output = Path("denoised"),
    strength: Annotated[float, typer.Option(help="Share of the noise to take away, 0 to 1.")] = 1.0,
    only: Annotated[str | None, typer.Option(help="Take only these: clicks,hum,hiss")] = None,
    write_noise: Annotated[
        bool, typer.Option("--write-noise", help="Write what was taken away, too: clean + noise = input.")
    ] = False,
    plot: RemovalPlot = False,
    bit_depth: Depth = None,
    resume: Resume = True,
    force: Force = False,
    json: Json = False,
) -> None:
    """Take clicks, hum and hiss away from recordings; what is left and the noise sum to the recording."""
    from cli.recordings import Overwriting, report_recordings, run_recordings
    from cli.removals import RemovalFiles, removal_command
    from separation.denoising.noise_removal import run_job
    from separation.denoising.options import KINDS, DenoiseOptions

    kinds = KINDS if only is None else tuple(kind.strip() for kind in only.split(","))
    options = DenoiseOptions(strength, kinds, bit_depth)  # type: ignore[arg-type]  # checked there
    taken = "noise" if write_noise else None
    files = RemovalFiles("denoise", "clean", taken, plot, options.to_dict(), options.strength, options.bit_depth)
    command = removal_command(files, lambda job, on_seconds: run_job(job, options, on_seconds))
    result = run_recordings(recordings, output, command, Overwriting(resume, force))
    report_recordings(result, output, _describe, json)


def _describe(report: RemovalReport) -> str:
    """What was found, in words: 'hum at 50.02 Hz, 12 clicks, hiss at -61.3 dBFS: noise at -38.0 dB taken away'."""
    from cli.removals import nothing_taken

    if report.taken_db is None:
        return nothing_taken(report, "noise")
    measured = report.measured
    found = []
    if measured.get("hum_hz"):
        found.append(f"hum at {measured['hum_hz']:.2f} Hz")
    if measured.get("n_clicks"):
        found.append(f"{measured['n_clicks']} click{'s' if measured['n_clicks'] > 1 else ''}")
    if measured.get("floor_dbfs") is not None:
        found.append(f"hiss at {measured['floor_dbfs']:.1f} dBFS")
    said = f"{', '.join(found)}: " if found else ""
    return f"{said}noise at {report.taken_db:.1f} dB taken away"
