"""`mixassist amp`: captured amps, played and described."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.amp_check import check, signal
from cli.output import JSON_HELP, print_json, print_table
from mixassist.errors import Finding, OptionError

if TYPE_CHECKING:
    from amp_models import Amp, PlayOptions
    from mixassist.audio import AudioWriter

app = typer.Typer(help="Amps: play through captured ones, and see what they are.", no_args_is_help=True)
app.command("check", epilog="Example: mixassist amp check di.wav reamped.wav --plot pair.png")(check)
app.command("signal", epilog="Example: mixassist amp signal capture.wav --seconds 180")(signal)

AmpPath = Annotated[Path, typer.Argument(metavar="MODEL", help="A .nam file, or the folder of an exported amp.")]
Size = Annotated[
    float | None, typer.Option(help="0 (smallest) to 1, for files with several sizes; the largest if not given.")
]
Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]


@app.command("run", epilog="Example: mixassist amp run plexi.nam di.wav -o reamped.wav --normalize")
def run(
    model: AmpPath,
    recording: Annotated[Path, typer.Argument(metavar="IN", help="The dry take, at any rate.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write: .wav, .flac, .ogg or .mp3.")],
    input_dbu: Annotated[
        float | None, typer.Option(help="dBu that reach 0 dBFS in the take, to meet the amp at its level.")
    ] = None,
    normalize: Annotated[bool, typer.Option("--normalize", help="Bring the amp to the usual loudness.")] = False,
    size: Size = None,
    bit_depth: Annotated[str, typer.Option(help="16, 24 or 32f.")] = "24",
    force: Annotated[bool, typer.Option(help="Overwrite an existing file.")] = False,
    json: Json = False,
) -> None:
    """Play a take through an amp; rate, channels, frames and place in time stay."""
    from amp_models import PlayOptions, load_amp
    from mixassist.audio import AudioWriter, probe_audio
    from mixassist.audio.writer import Encoding

    encoding = Encoding(output.suffix.lower().removeprefix("."), bit_depth)  # type: ignore[arg-type]  # checks its values
    if output.exists() and not force:
        raise OptionError(f"{output} exists: pass --force to overwrite it, or another -o")
    info = probe_audio(recording)
    amp = load_amp(model, size)
    start_s = time.perf_counter()
    with AudioWriter(output, info.rate, info.n_channels, encoding) as writer:
        _play(amp, recording, writer, PlayOptions(input_dbu, normalize))
    seconds = writer.n_frames / info.rate
    findings = _findings(writer)
    report = {
        "model": amp.facts.name,
        "output": str(output),
        "rate": info.rate,
        "frames": writer.n_frames,
        "seconds": round(seconds, 3),
        "times_real_time": round(seconds / (time.perf_counter() - start_s), 2),
        "peak": round(writer.peak, 4),
        "findings": [finding.to_dict() for finding in findings],
    }
    if json:
        print_json(report)
        return
    print(f"{output}: {seconds:.1f} s through {amp.facts.name}, {report['times_real_time']} × real time")
    for finding in findings:
        print(f"  {finding.severity}: {finding.message}")


def _play(amp: Amp, recording: Path, writer: AudioWriter, options: PlayOptions) -> None:
    from mixassist.audio import read_blocks

    for block in amp.play_blocks(read_blocks(recording), writer.rate, writer.n_channels, options):
        writer.write(block)


def _findings(writer: AudioWriter) -> list[Finding]:
    if not writer.n_clipped:
        return []
    message = (
        f"{writer.n_clipped} samples were clipped, the highest at {writer.peak:.2f}: use --bit-depth 32f or --normalize"
    )
    return [Finding("clipped", "warning", message)]


@app.command("info", epilog="Example: mixassist amp info plexi.nam")
def info(model: AmpPath, size: Size = None, json: Json = False) -> None:
    """Show what an amp is: architecture, rate, size, levels, gear and who captured it."""
    from amp_models.amp import describe_amp

    facts = describe_amp(model, size).to_dict()
    if json:
        print_json({"model": str(model), **facts})
        return
    rows = [(LABELS[key], _shown(key, value)) for key, value in facts.items() if value not in (None, [])]
    print_table("", ("what", "value"), rows)


LABELS = {
    "name": "name",
    "architecture": "architecture",
    "version": "file version",
    "rate": "rate",
    "n_weights": "weights",
    "reach_samples": "hears back",
    "sizes": "sizes",
    "loudness_db": "loudness",
    "compression": "compression",
    "input_level_dbu": "input level",
    "output_level_dbu": "output level",
    "validation_esr": "ESR when trained",
    "gear_type": "gear",
    "gear_make": "make",
    "gear_model": "model",
    "tone_type": "tone",
    "modeled_by": "captured by",
}

UNITS = {"rate": "Hz", "reach_samples": "samples", "loudness_db": "dBFS", "input_level_dbu": "dBu"}
UNITS["output_level_dbu"] = UNITS["input_level_dbu"]


def _shown(key: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{limit:g}" for limit in value)
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return f"{text} {UNITS[key]}" if key in UNITS else text
