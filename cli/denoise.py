"""`mixassist denoise`: recordings without clicks, hum and hiss."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP

if TYPE_CHECKING:
    from separation.removal_report import RemovalReport


def denoise(
    recordings: Annotated[list[Path], typer.Argument(help="Recordings, or folders of them.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the files.")] = Path("denoised"),
    strength: Annotated[float, typer.Option(help="Share of the noise to take away, 0 to 1.")] = 1.0,
    method: Annotated[
        str, typer.Option(help="Who finds the hiss: auto, wiener (a tracked noise floor) or net.")
    ] = "auto",
    only: Annotated[str | None, typer.Option(help="Take only these: clicks,hum,hiss")] = None,
    write_noise: Annotated[
        bool, typer.Option("--write-noise", help="Write what was taken away, too: clean + noise = input.")
    ] = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw before, after and what was taken, as a PNG.")] = False,
    bit_depth: Annotated[str | None, typer.Option(help="16, 24 or 32f; as the input if not given.")] = None,
    resume: Annotated[bool, typer.Option(help="Keep recordings that are already done.")] = True,
    force: Annotated[bool, typer.Option(help="Overwrite existing files.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Take clicks, hum and hiss away from recordings; what is left and the noise sum to the recording."""
    from cli.removals import RemovalBatch, RemovalCommand, report_removals, run_removals
    from separation.denoising.noise_removal import run_job, settings_of
    from separation.denoising.options import KINDS, DenoiseOptions

    kinds = KINDS if only is None else tuple(kind.strip() for kind in only.split(","))
    options = DenoiseOptions(strength, method, kinds, bit_depth)  # type: ignore[arg-type]  # checked there
    command = RemovalCommand("denoise", "clean", "noise", lambda job, on_seconds: run_job(job, options, on_seconds))
    batch = RemovalBatch(
        output,
        settings_of(options),
        options.strength,
        options.bit_depth,
        write_taken=write_noise,
        draw=plot,
        use_resume=resume,
        use_force=force,
    )
    report_removals(run_removals(recordings, command, batch), output, _describe, json)


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
