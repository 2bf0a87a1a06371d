"""`mixassist amp`: captured amps, played and described."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.amp_capture import capture
from cli.amp_check import check, signal
from cli.amp_knobs import fold, knob_rows, open_amp, suggest_next
from cli.amp_live import live
from cli.amp_options import AmpPath, Cabinet, InputDbu, Json, Knobs, Normalize, Oversample, Size
from cli.output import print_json, print_table
from mixassist.errors import Finding, OptionError

if TYPE_CHECKING:
    from amp_models import Amp, PlayOptions
    from mixassist.audio import AudioWriter

app = typer.Typer(help="Amps: capture them, play through them, and see what they are.", no_args_is_help=True)
app.command("check", epilog="Example: mixassist amp check di.wav reamped.wav --plot pair.png")(check)
app.command("signal", epilog="Example: mixassist amp signal capture.wav --seconds 180")(signal)
app.command("capture", epilog="Example: mixassist amp capture di.wav reamped.wav -o plexi.nam --size feather")(capture)
app.command("live", epilog="Example: mixassist amp live plexi.nam --cab 4x12.wav --block 64")(live)
app.command("fold", epilog="Example: mixassist amp fold plexi --knob gain=0.4 -o crunch.nam")(fold)
app.command("next", epilog="Example: mixassist amp next plexi di.wav")(suggest_next)


@app.command("run", epilog="Example: mixassist amp run plexi.nam di.wav -o reamped.wav --normalize")
def run(
    model: AmpPath,
    recording: Annotated[Path, typer.Argument(metavar="IN", help="The dry take, at any rate.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write: .wav, .flac, .ogg or .mp3.")],
    input_dbu: InputDbu = None,
    normalize: Normalize = False,
    cab: Cabinet = None,
    oversample: Oversample = 1,
    size: Size = None,
    knob: Knobs = None,
    bit_depth: Annotated[str, typer.Option(help="16, 24 or 32f.")] = "24",
    force: Annotated[bool, typer.Option(help="Overwrite an existing file.")] = False,
    json: Json = False,
) -> None:
    """Play a take through an amp; rate, channels, frames and place in time stay."""
    from amp_models import PlayOptions
    from mixassist.audio import AudioWriter, probe_audio
    from mixassist.audio.writer import Encoding

    encoding = Encoding(output.suffix.lower().removeprefix("."), bit_depth)  # type: ignore[arg-type]  # checks its values
    if output.exists() and not force:
        raise OptionError(f"{output} exists: pass --force to overwrite it, or another -o")
    info = probe_audio(recording)
    options = PlayOptions(input_dbu, normalize, cabinet=cab, oversampling=oversample)
    amp = open_amp(model, size, knob)
    start_s = time.perf_counter()
    with AudioWriter(output, info.rate, info.n_channels, encoding) as writer:
        _play(amp, recording, writer, options)
    played_s = time.perf_counter() - start_s
    seconds = writer.n_frames / info.rate
    findings = [*_clipped(writer), *_changed(amp, oversample)]
    report = {
        "model": amp.facts.name,
        "output": str(output),
        "rate": info.rate,
        "frames": writer.n_frames,
        "seconds": round(seconds, 3),
        "times_real_time": round(seconds / played_s, 2),
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


def _clipped(writer: AudioWriter) -> list[Finding]:
    if not writer.n_clipped:
        return []
    message = (
        f"{writer.n_clipped} samples were clipped, the highest at {writer.peak:.2f}: use --bit-depth 32f or --normalize"
    )
    return [Finding("clipped", "warning", message)]


def _changed(amp: Amp, oversample: int) -> list[Finding]:
    """Whether oversampling did more to the amp than to keep folded tones away."""
    from amp_models.playing.aliasing import CHANGED_DB, player, sound_change_db

    if oversample == 1:
        return []
    change_db = sound_change_db(player(amp), player(amp, oversample), amp.rate)
    if change_db < CHANGED_DB:
        return []
    message = (
        f"oversampling changes this amp's own sound, by {change_db:.0f} dB on soft noise:"
        " compare by ear, and see what it gains with amp info --aliasing"
    )
    return [Finding("oversampling", "info", message)]


@app.command("info", epilog="Example: mixassist amp info plexi.nam")
def info(
    model: AmpPath,
    size: Size = None,
    aliasing: Annotated[
        bool, typer.Option("--aliasing", help="Measure folded tones, also when oversampled; takes up to a minute.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what an amp is: architecture, rate, size, levels, gear and who captured it."""
    from amp_models.playing.amp import describe_amp

    facts = describe_amp(model, size).to_dict()
    measured = _aliasing(model, size) if aliasing else []
    if json:
        print_json({"model": str(model), **facts, **({"aliasing": measured} if aliasing else {})})
        return
    rows = [(label, _shown(key, facts[key])) for key, label in LABELS.items() if facts[key] not in (None, [])]
    print_table("", ("what", "value"), rows + knob_rows(facts))
    if measured:
        columns = ("oversampled", ">folded tones (dB)", ">worst (dB)", ">sound changes by (dB)")
        print_table("", columns, [_aliasing_row(row) for row in measured])


def _aliasing(model: Path, size: float | None) -> list[dict[str, Any]]:
    """What oversampling gains and changes, for each factor."""
    from amp_models.playing.aliasing import measure_aliasing, player, sound_change_db
    from amp_models.playing.oversampling import FACTORS

    amp = open_amp(model, size, None)
    rows = []
    for factor in FACTORS:
        change_db = sound_change_db(player(amp), player(amp, factor), amp.rate) if factor > 1 else None
        measured = measure_aliasing(player(amp, factor), amp.rate).to_dict()
        rows.append({"oversample": factor, **measured, "change_db": change_db})
    return rows


def _aliasing_row(row: dict[str, Any]) -> tuple[str, ...]:
    worst_db = max(tone["ratio_db"] for tone in row["tones"])
    change = "" if row["change_db"] is None else f"{row['change_db']:.1f}"
    return f"{row['oversample']} ×", f"{row['ratio_db']:.1f}", f"{worst_db:.1f}", change


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
