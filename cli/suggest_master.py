"""`mixassist suggest master`: what would bring a song to its genre or a reference, and what that sounds like."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.output import JSON_HELP, print_json, print_table
from cli.suggest_outputs import AB_HELP, EXPORT_HELP, MODEL_HELP, check_outputs, check_render, say_written

if TYPE_CHECKING:
    from mixassist.suggest.advice import MasterAdvice


def master(
    song: Annotated[Path, typer.Argument(help="The song: anything libsndfile or FFmpeg reads.")],
    genre: Annotated[str | None, typer.Option(help="The genre whose card counts; guessed if not given.")] = None,
    genre_model: Annotated[Path | None, typer.Option(help=MODEL_HELP)] = None,
    reference: Annotated[Path | None, typer.Option(help="A song to come near, instead of the genre.")] = None,
    target: Annotated[
        str | None, typer.Option(help="spotify, apple, youtube, tidal, amazon, ebu-r128 …, or a number of LUFS.")
    ] = None,
    amount: Annotated[
        str, typer.Option(help="How much of each axis: eq, compression, width, loudness; eq=0.5,width=0.")
    ] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for exports.")] = None,
    export: Annotated[str, typer.Option(help=EXPORT_HELP)] = "",
    render: Annotated[
        Path | None, typer.Option(help="Write the master: a WAV of 24 bits, or of floats if those clip.")
    ] = None,
    ab: Annotated[bool, typer.Option("--ab", help=AB_HELP)] = False,
    force: Annotated[bool, typer.Option(help="Overwrite existing files.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Suggest equaliser, compressor, width and limiter for a finished mix, each with its reason."""
    from mixassist.suggest.export import plan_exports, write_master_exports
    from mixassist.suggest.master import MasterOptions, suggest_master
    from mixassist.suggest.master_files import pair_paths, render_master, write_pair

    options = MasterOptions(genre, reference, target, _amounts(amount), genre_model)
    exports = plan_exports(export, output, song.stem)
    check_render(render, ab)
    rendered = () if render is None else (render, *pair_paths(render)) if ab else (render,)
    check_outputs([song, *([reference] if reference else [])], [*rendered, *exports.values()], force)
    advice = suggest_master(song, options)
    heard: dict[str, Any] = {}
    if render is not None:
        advice = replace(advice, findings=(*advice.findings, *render_master(song, advice, render)))
        heard["render"] = str(render)
        if ab:
            heard["pair"] = write_pair(song, render).to_dict()
    write_master_exports(advice, song, exports, reference)
    if json:
        print_json(advice.to_dict() | heard | {"exports": [str(path) for path in exports.values()]})
        return
    _print(advice)
    say_written([*exports.values(), *rendered])


def _print(advice: MasterAdvice) -> None:
    from mixassist.suggest.advice_words import reason_words, section_words, setting_words, toward_words

    print(f"{advice.song}: toward {toward_words(advice)}, loudness {advice.target}")
    rows = [
        (each.processor, setting_words(each), each.effect, reason_words(each.reason)) for each in advice.suggestions
    ]
    if len(advice.sections) > 1:
        print(f"sections: {section_words(advice.sections)}")
    if rows:
        print_table("", ("processor", "set", "does", "because"), rows)
    else:
        print("nothing to do")
    for finding in advice.findings:
        print(f"{finding.severity}: {finding.code}: {finding.message}")


def _amounts(text: str) -> dict[str, float]:
    """Amounts by axis.

    Raises:
        OptionError: for anything but axis=number.
    """
    from mixassist.errors import OptionError

    amounts = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        axis, _, number = part.partition("=")
        try:
            amounts[axis.strip()] = float(number)
        except ValueError:
            raise OptionError(f"amount {part!r} is not axis=number: write eq=0.5,width=0") from None
    return amounts
