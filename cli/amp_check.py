"""`mixassist amp check` and `mixassist amp signal`: before an amplifier is learned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP, print_json, print_table, say
from mixassist.errors import OptionError

if TYPE_CHECKING:
    from amp_models.pairs.check import PairReport


def check(
    di: Annotated[Path, typer.Argument(help="The dry take: a guitar straight into the interface.")],
    reamped: Annotated[Path, typer.Argument(help="The same take through the amplifier.")],
    plot: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw what was found into this file.")] = None,
    force: Annotated[bool, typer.Option(help="Overwrite the picture.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """See whether a DI take and its reamped take fit, and what a model of the amplifier could reach."""
    from amp_models.pairs.check import check_pair

    if plot is not None:
        _refuse_overwriting(plot, force)
    report = check_pair(di, reamped)
    if plot is not None:
        from amp_models.pairs.picture import draw_pair

        draw_pair(report, plot)
        say(f"the picture is {plot}")
    if json:
        print_json(report.to_dict())
        return
    _print_report(report)


def signal(
    output: Annotated[Path, typer.Argument(metavar="OUT.wav", help="Where the signal goes.")],
    rate: Annotated[int, typer.Option(help="Sample rate in Hz.")] = 48000,
    seconds: Annotated[float, typer.Option(help="Length; at least 20.")] = 180.0,
    force: Annotated[bool, typer.Option(help="Overwrite the file.")] = False,
) -> None:
    """Write a signal to send through an amplifier: blips, sweeps, steps of level, guitar playing."""
    from amp_models.pairs.signal import capture_signal
    from mixassist import write_audio

    if output.suffix.lower() != ".wav":
        raise OptionError(f"{output.name} is no .wav name: the signal is written as 24-bit WAV")
    _refuse_overwriting(output, force)
    write_audio(output, capture_signal(rate, seconds))
    say(f"{output}: {seconds:g} s at {rate} Hz; play it into the amplifier and record what comes out to the end")


def _refuse_overwriting(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise OptionError(f"{path} exists already: pass --force to overwrite it, or choose another name")


def _print_report(report: PairReport) -> None:
    """The verdict, the figures and the findings, on stdout."""
    print(report.verdict)
    rows = (
        ("delay", f"{report.delay_samples:.2f} samples ({1000 * report.delay_samples / report.pair.rate:.2f} ms)"),
        ("polarity", "inverted" if report.polarity < 0 else "kept"),
        ("clock drift", f"{report.drift_ppm:+.2f} ppm"),
        ("gain", f"{report.gain_db:+.1f} dB"),
        ("confidence", f"{report.confidence:.2f}"),
        ("noise floor", f"{report.noise_floor_db:.1f} dBFS"),
        ("clipped runs", str(report.clipped_runs)),
        ("predicted ESR floor", f"{report.predicted_esr_floor:.2g}"),
    )
    print_table("", ("what", "found"), rows)
    for finding in report.findings:
        print(f"{finding.severity}: {finding.message}")
