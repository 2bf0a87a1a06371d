"""`mixassist demo`: renders a song whose stems are known, separates it and scores the result."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP, print_json, print_table, say
from mixassist.errors import OptionError

if TYPE_CHECKING:
    from mixassist.demo import Song

FACTS = "demo.json"
"""The truth about the guitar pair; it also marks a folder as a demo's."""

MADE = ("song.wav", "truth", "stems", "di.wav", "reamped.wav", FACTS)


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the demo.")] = Path("demo"),
    force: Annotated[bool, typer.Option(help="Overwrite files of these names.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Render a demo song and a guitar pair, separate the song, and score it against its true stems."""
    from mixassist.demo import render_song
    from separation import SeparationOptions, Separator

    if not force:
        _refuse_overwriting(output)
    say(f"rendering the demo song and the guitar pair into {output}")
    song = render_song()
    _write_song(song, output)
    _write_guitar(output)
    separator = Separator(SeparationOptions(model="lite"), say)
    report = separator.separate_file(output / "song.wav", output / "stems")
    scores = _scores(song, output / "stems")
    if json:
        print_json({"folder": str(output), "sdr_db": scores, "separation": report.to_dict()})
        return
    rows = [(stem, f"{row['mixture']:.1f}", f"{row[report.model]:.1f}") for stem, row in scores.items()]
    print("SDR in dB against the true stems, median of 1-s frames; `mixture` is what doing nothing scores")
    print_table("", ("stem", ">mixture", f">{report.model}"), rows)
    print()
    print_table("", ("what", "where"), _places(output))
    say(f"{report.times_real_time:.1f} × real time on {report.engine} {report.precision}; listen to {output / 'stems'}")


def _refuse_overwriting(output: Path) -> None:
    """An earlier demo may be made again; a musician's own song.wav may not be lost to it."""
    existing = [name for name in MADE if (output / name).exists()]
    if existing and FACTS not in existing:
        raise OptionError(f"{output} already holds {', '.join(existing)}: pass --force to overwrite, or another -o")


def _write_song(song: Song, output: Path) -> None:
    from mixassist import write_audio

    write_audio(output / "song.wav", song.mix)
    for name, stem in song.stems.items():
        write_audio(output / "truth" / f"{name}.wav", stem)


def _write_guitar(output: Path) -> None:
    from dataclasses import asdict

    from mixassist import write_audio
    from mixassist.audio.atomic import atomic_path
    from mixassist.demo import render_guitar_pair

    pair = render_guitar_pair()
    write_audio(output / "di.wav", pair.di)
    write_audio(output / "reamped.wav", pair.reamped)
    with atomic_path(output / FACTS) as temporary:
        temporary.write_text(json_format.dumps(asdict(pair.facts), indent=2) + "\n", encoding="utf-8")


def _scores(song: Song, stems: Path) -> dict[str, dict[str, float]]:
    """Median SDR of each stem in dB: of the written file, and of the mixture taken for the stem."""
    import numpy as np

    from mixassist import read_audio
    from mixassist.dsp.scores import median_sdr

    truth = np.stack([stem.samples for stem in song.stems.values()])
    estimate = np.stack([read_audio(stems / f"{name}.wav").samples for name in song.stems])
    mixture = np.broadcast_to(song.mix.samples, truth.shape)
    rows = zip(median_sdr(truth, mixture, song.mix.rate), median_sdr(truth, estimate, song.mix.rate), strict=True)
    return {
        name: {"mixture": round(float(before), 2), "lite": round(float(after), 2)}
        for name, (before, after) in zip(song.stems, rows, strict=True)
    }


def _places(output: Path) -> list[tuple[str, str]]:
    return [
        ("the song", str(output / "song.wav")),
        ("its true stems", str(output / "truth")),
        ("its separated stems", str(output / "stems")),
        ("a guitar and its reamped take", f"{output / 'di.wav'}, {output / 'reamped.wav'}"),
    ]
