"""`mixassist transfer run`: a recording, played as a model sounds, with the names of those it learned from."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP, print_json, say
from mixassist.errors import Finding, OptionError

if TYPE_CHECKING:
    from mixassist.audio import AudioWriter
    from transfer.controls import MatchOptions
    from transfer.timbre import Timbre


def run(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A timbre that comes with mixassist, or a folder.")],
    recording: Annotated[Path, typer.Argument(metavar="IN", help="What is played or sung, at any rate.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write: .wav, .flac, .ogg or .mp3.")],
    shift: Annotated[
        float | None,
        typer.Option(help="Semitones to move notes by; not given: octaves, into an instrument's register."),
    ] = None,
    autotune: Annotated[float, typer.Option(min=0, max=1, help="0 leaves notes as they are, 1 tunes them.")] = 0.0,
    match: Annotated[
        bool, typer.Option(help="Lay loudness on an instrument's, and fade out what belongs to no note.")
    ] = True,
    bit_depth: Annotated[str, typer.Option(help="16, 24 or 32f.")] = "24",
    engine: Annotated[str, typer.Option(help="What computes: auto, onnxruntime, openvino or torch.")] = "auto",
    force: Annotated[bool, typer.Option(help="Overwrite an existing file.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Play a recording as a model sounds; rate, channels, frames and place in time stay, and credits are written."""
    from mixassist.audio import AudioWriter, probe_audio
    from mixassist.audio.writer import Encoding
    from transfer.controls import MatchOptions
    from transfer.rendered import Rendering
    from transfer.timbre import load_timbre

    matched = MatchOptions(shift, match, match, autotune)
    container = output.suffix.lower().removeprefix(".")
    Encoding(container, bit_depth)  # type: ignore[arg-type]  # refuses what it does not know, before the work
    info = probe_audio(recording)
    _require_free(output, recording, force)
    timbre = load_timbre(model, engine)
    rendering = Rendering(timbre.artifact, recording.name)
    encoding = Encoding(container, bit_depth, rendering.tags)  # type: ignore[arg-type]  # as above
    begin_s = time.perf_counter()
    try:
        with AudioWriter(output, info.rate, info.n_channels, encoding) as writer:
            findings = _play(timbre, recording, matched, writer)
    except KeyboardInterrupt:
        say("interrupted: nothing was written")
        raise typer.Exit(130) from None
    played_s = time.perf_counter() - begin_s
    sidecar = rendering.write_sidecar(output)
    seconds = writer.n_frames / info.rate
    names = [credit.contributor.name for credit in timbre.credits]
    report = {
        "model": timbre.name,
        "output": str(output),
        "credits_file": str(sidecar),
        "credits": names,
        "rate": info.rate,
        "frames": writer.n_frames,
        "seconds": round(seconds, 3),
        "times_real_time": round(seconds / played_s, 2),
        "peak": round(writer.peak, 4),
        "n_clipped": writer.n_clipped,
        "findings": [finding.to_dict() for finding in findings],
    }
    if json:
        print_json(report)
        return
    print(f"{output}: {seconds:.1f} s as {timbre.name}, by {', '.join(names)}, {report['times_real_time']} × real time")
    for finding in findings:
        print(f"  {finding.severity}: {finding.message}")
    if writer.n_clipped:
        print(f"  warning: {writer.n_clipped} samples were clipped, the highest at {writer.peak:.2f}: use 32f")


def _require_free(output: Path, recording: Path, is_forced: bool) -> None:
    """Refuses to replace a file or the credits of another one, unless forced, and the recording in any case.

    Raises:
        OptionError: where it would.
    """
    from transfer.rendered import sidecar_of

    if output.exists() and (not is_forced or output.samefile(recording)):
        raise OptionError(f"{output} exists: name another file, or pass --force for one that is not IN")
    sidecar = sidecar_of(output)
    if sidecar.exists() and not is_forced:
        raise OptionError(f"{sidecar} exists, and may be of another file: give {output.name} another name, or --force")


def _play(timbre: Timbre, recording: Path, matched: MatchOptions, writer: AudioWriter) -> list[Finding]:
    """Hears the recording for its channels, an instrument also for its notes and loudness, and then plays it.

    What is found is returned.
    """
    import numpy as np

    from mixassist.audio import read_blocks
    from transfer.mixdown import choose_mix
    from transfer.timbre import measure

    mixdown = choose_mix(read_blocks(recording))
    played = None if timbre.is_texture else measure(mixdown.apply(read_blocks(recording)), writer.rate)
    statistics = None if played is None else played.statistics
    for block in timbre.render_blocks(mixdown.apply(read_blocks(recording)), writer.rate, matched, statistics):
        writer.write(np.repeat(block, writer.n_channels, axis=0))
    return [*mixdown.findings, *([] if played is None else played.findings())]
