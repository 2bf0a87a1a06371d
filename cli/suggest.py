"""`mixassist suggest`: advice for mixes and masters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.output import JSON_HELP, print_json, print_table
from cli.suggest_master import master
from cli.suggest_outputs import (
    AB_HELP,
    EXPORT_HELP,
    MODEL_HELP,
    check_apart,
    check_outputs,
    check_render,
    say_written,
    shown_progress,
)

if TYPE_CHECKING:
    from mixassist.suggest.advice import MixAdvice, Suggestion

app = typer.Typer(help="Suggest settings for mixes and masters, each with its reason.", no_args_is_help=True)
app.command("master", epilog="Example: mixassist suggest master mix.wav --target spotify --render master.wav")(master)


@app.command("mix", epilog="Example: mixassist suggest mix tracks --genre rock --render mix.wav")
def mix(
    tracks: Annotated[list[Path], typer.Argument(help="Tracks or stems of one song, or a folder of them.")],
    genre: Annotated[str | None, typer.Option(help="The genre whose card counts; guessed if not given.")] = None,
    genre_model: Annotated[Path | None, typer.Option(help=MODEL_HELP)] = None,
    lead: Annotated[str | None, typer.Option(help="The track that leads, by its file name.")] = None,
    instrument: Annotated[
        list[str] | None, typer.Option(help="What a track is: NAME=INSTRUMENT; may be given again.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for exports.")] = None,
    export: Annotated[str, typer.Option(help=EXPORT_HELP)] = "",
    render: Annotated[Path | None, typer.Option(help="Write the mix: a WAV of 24 bits, master included.")] = None,
    ab: Annotated[bool, typer.Option("--ab", help=AB_HELP)] = False,
    force: Annotated[bool, typer.Option(help="Overwrite existing files.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Suggest faders, places, filters, bands, compressors, gates and a room for a song's tracks."""
    from mixassist.suggest.export import plan_exports, write_mix_exports
    from mixassist.suggest.master_files import pair_paths
    from mixassist.suggest.mix import suggest_mix
    from mixassist.suggest.multitrack import MixOptions, track_names

    paths = _collect(tracks)
    title = tracks[0].resolve().name if tracks[0].is_dir() else paths[0].resolve().parent.name
    exports = plan_exports(export, output, title)
    check_render(render, ab)
    rendered = () if render is None else (render, *pair_paths(render)) if ab else (render,)
    check_outputs(paths, [*rendered, *exports.values()], force)
    check_apart(render, [path for path in tracks if path.is_dir()], paths)
    advice = suggest_mix(paths, MixOptions(genre, lead, _instruments(instrument or ()), genre_model))
    files = dict(zip(track_names(paths), paths, strict=True))
    heard: dict[str, Any] = {}
    if render is not None:
        advice, heard = _render(advice, files, render, ab)
    write_mix_exports(advice, files, title, exports)
    if json:
        print_json(advice.to_dict() | heard | {"exports": [str(path) for path in exports.values()]})
        return
    _print(advice)
    say_written([*exports.values(), *rendered])


def _render(
    advice: MixAdvice, files: Mapping[str, Path], render: Path, is_paired: bool
) -> tuple[MixAdvice, dict[str, Any]]:
    """The advice with what was found while the mix was written, and what to say of the files."""
    from mixassist.suggest.mix_files import write_mix, write_mix_pair

    with shown_progress(render.name) as tell:
        findings = write_mix(files, advice, render, tell)
    heard: dict[str, Any] = {"render": str(render)}
    if is_paired:
        with shown_progress("before and after") as tell:
            heard["pair"] = write_mix_pair(files, render, tell).to_dict()
    return replace(advice, findings=(*advice.findings, *findings)), heard


def _collect(tracks: Sequence[Path]) -> list[Path]:
    """The tracks, each file once; of a folder that `separate` wrote, its stems without what they left over.

    Raises:
        AudioError: when there are none.
    """
    from cli.songs import collect_songs
    from mixassist.audio.file_kind import AUDIO_SUFFIXES
    from separation.report import REPORT_NAME

    found: list[Path] = []
    for path in tracks:
        if path.is_dir() and (path / REPORT_NAME).exists():
            stems = sorted(each for each in path.iterdir() if each.suffix.lower() in AUDIO_SUFFIXES)
            found += [each for each in stems if each.stem != "residual"]
        else:
            found += collect_songs([path], output=Path(".mixassist"))
    return list({path.resolve(): path for path in found}.values())


def _instruments(said: Sequence[str]) -> dict[str, str]:
    """Instruments by track.

    Raises:
        OptionError: for anything but NAME=INSTRUMENT.
    """
    from mixassist.errors import OptionError

    unclear = [each for each in said if not all(each.partition("="))]
    if unclear:
        raise OptionError(f"--instrument {unclear[0]!r} is not NAME=INSTRUMENT: write take3.wav=bass")
    return {name: word for name, _, word in (each.rpartition("=") for each in said)}


def _print(advice: MixAdvice) -> None:
    likeliest = ", ".join(f"{name} {chance:.0%}" for name, chance in list(advice.genre.probabilities.items())[:3])
    print(f"genre: {advice.genre.name} ({likeliest})")
    kinds = [(each.track, f"{each.instrument}{', lead' if each.role else ''}") for each in advice.tracks]
    print_table("", ("track", "instrument"), kinds)
    print()
    if advice.suggestions():
        rows = [_row(each) for each in advice.suggestions()]
        print_table("", ("for", "processor", "set", "because"), rows)
    else:
        print("nothing to do")
    for finding in advice.findings:
        print(f"{finding.severity}: {finding.code}: {finding.message}")


def _row(each: Suggestion) -> tuple[str, str, str, str]:
    from mixassist.suggest.advice_words import reason_words, setting_words

    return each.track, each.processor.replace("_", " "), setting_words(each), reason_words(each.reason)
