"""`mixassist genre`: what songs sound like, and models of one's own genres."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.output import JSON_HELP, failed_songs, print_error, print_json, print_table, say
from cli.suggest_outputs import check_outputs

if TYPE_CHECKING:
    from mixassist.errors import AudioError
    from mixassist.suggest.genre_fitting import LabelledSong
    from mixassist.suggest.genre_model import GenreGuess

N_SHOWN = 3
"""Genres per song in the table; --json has them all."""

app = typer.Typer(help="Tell songs' genres, or learn your own.", no_args_is_help=True)


@app.command("guess", epilog="Example: mixassist genre guess song.mp3")
def guess(
    songs: Annotated[list[Path], typer.Argument(help="Songs, or folders of songs.")],
    model: Annotated[Path | None, typer.Option(help="A file of `genre fit`; the shipped model if not given.")] = None,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Say what songs sound like, with probabilities, and say so when unsure."""
    from cli.songs import collect_songs
    from mixassist.errors import AudioError
    from mixassist.suggest.genre import guess_genre
    from mixassist.suggest.genre_model import SHIPPED, load_genre_model

    learned = load_genre_model(model or SHIPPED)
    paths = collect_songs(songs, output=Path(".mixassist"))
    guesses: dict[Path, GenreGuess] = {}
    failures: dict[Path, str] = {}
    for path in paths:
        try:
            guesses[path] = guess_genre(path, learned)
        except AudioError as error:
            failures[path] = str(error)
            print_error(error)
    if json:
        told = [{"song": str(path), **found.to_dict()} for path, found in guesses.items()]
        print_json({"songs": told, "failures": failed_songs(failures)})
    elif guesses:
        print_table("", ("song", "genre", "likeliest"), [_row(path, found) for path, found in guesses.items()])
    if failures:
        raise typer.Exit(2)


@app.command("fit", epilog="Example: mixassist genre fit my-songs -o my-genres.json")
def fit(
    folder: Annotated[Path, typer.Argument(help="Folder laid out as GENRE/song or GENRE/ARTIST/song.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The model: a JSON file.")],
    force: Annotated[bool, typer.Option(help="Overwrite an existing model.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Learn genres from a folder of songs, tried on artists that were held out."""
    from cli.songs import collect_songs
    from mixassist.errors import OptionError
    from mixassist.suggest.genre_fitting import Told, find_labelled_songs, fit_genre
    from mixassist.suggest.genre_model import save_genre_model

    if not folder.is_dir():
        raise OptionError(f"{folder} is no folder: name one that holds a folder of songs per genre")
    paths = collect_songs([folder], output)
    check_outputs(paths, [output], force)
    songs = find_labelled_songs(paths, folder)
    failures: dict[Path, str] = {}

    def failed(song: LabelledSong, error: AudioError) -> None:
        print_error(error)
        failures[song.path] = str(error)

    model = fit_genre(songs, Told(_heard, failed))
    save_genre_model(model, output)
    report: dict[str, Any] = {"model": str(output), **model.card, "failures": failed_songs(failures)}
    print_json(report) if json else _print_model(report)
    if failures:
        raise typer.Exit(2)


def _print_model(report: Mapping[str, Any]) -> None:
    held_out = report["held_out"]
    print(f"{report['model']}: {', '.join(f'{genre} ({n})' for genre, n in report['n_songs'].items())}")
    print(
        f"  held out: {held_out['accuracy']:.0%} of {held_out['n_rows']} pieces of 30 s right; it answers for", end=" "
    )
    print(f"{held_out['answered']:.0%}, {held_out['accuracy_when_answered']:.0%} of them right")
    for finding in report["findings"]:
        print(f"  {finding['severity']}: {finding['code']}: {finding['message']}")


def _row(path: Path, found: GenreGuess) -> tuple[str, str, str]:
    likeliest = list(found.probabilities.items())[:N_SHOWN]
    return (
        str(path),
        found.name or ("unlike what was learned from" if found.is_stranger else "unsure"),
        ", ".join(f"{name} {chance:.0%}" for name, chance in likeliest),
    )


def _heard(song: LabelledSong) -> None:
    say(f"{song.genre}: {song.path.name}")
