"""What `suggest` writes besides its answer: renders and exports, never over what is there unasked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from cli.output import say, song_progress

if TYPE_CHECKING:
    from collections.abc import Callable

EXPORT_HELP = "What to write into -o DIR, separated by commas: json, html, reaper, templates (REAPER's), dawproject."
AB_HELP = "With --render: a pair beside it, before and after, as loud."
MODEL_HELP = "A model of `mixassist genre fit` to guess the genre by."


def check_render(render: Path | None, is_paired: bool) -> None:
    """Refuses a render that is no WAV, and a pair without one.

    Raises:
        OptionError: for either.
    """
    from mixassist.errors import OptionError

    if render is not None and render.suffix.lower() != ".wav":
        raise OptionError(f"{render} is no WAV: give --render a name that ends in .wav")
    if is_paired and render is None:
        raise OptionError("--ab needs a render to compare: pass --render OUT.wav too")


def check_apart(render: Path | None, folders: Iterable[Path], files: Iterable[Path]) -> None:
    """Refuses a render among the tracks, in a folder of them or beside files: it would be one of them the next time.

    Raises:
        OptionError: when it would lie there.
    """
    from mixassist.errors import OptionError

    if render is None:
        return
    place = render.resolve().parent
    among = [folder for folder in (path.resolve() for path in folders) if place.is_relative_to(folder)]
    among += [folder for folder in (path.resolve().parent for path in files) if place == folder]
    if among:
        raise OptionError(f"{render} would lie among the tracks of {among[0].name}: name another folder")


def check_outputs(inputs: Sequence[Path], outputs: Iterable[Path], force: bool) -> None:
    """Nothing is overwritten unasked, and never what was given; what cannot be written is refused before the work.

    Raises:
        AudioError: when a folder cannot be made or written to.
        OptionError: when an output exists, is one of the inputs, or is a folder that holds more than templates.
    """
    from mixassist.errors import OptionError

    for path in outputs:
        if path.is_dir():
            _check_folder(path)
        if path.exists():
            if any(given.exists() and path.samefile(given) for given in inputs):
                raise OptionError(f"{path} is what was given: name another file")
            if not force:
                raise OptionError(f"{path} exists: name another place, or pass --force")
        _try_folder(path)


def _check_folder(path: Path) -> None:
    """Refuses any folder but one of templates, which are written in place of the last."""
    from mixassist.errors import OptionError
    from mixassist.suggest.export.formats import FORMATS
    from mixassist.suggest.export.reaper_templates import check_templates

    if path.suffix != FORMATS["templates"]:
        raise OptionError(f"{path} is a folder: name a file")
    check_templates(path)


def _try_folder(path: Path) -> None:
    from mixassist.audio.atomic import disk_errors

    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path.parent):
            pass


def say_written(paths: Iterable[Path]) -> None:
    """A note for each file."""
    for path in paths:
        say(f"wrote {path}")


@contextmanager
def shown_progress(name: str) -> Iterator[Callable[[float], None]]:
    """A bar on stderr that is told how much is done, 0 to 1."""
    with song_progress() as progress:
        task = progress.add_task(name, total=1.0, chunk="", speed="")
        yield lambda done: progress.update(task, completed=done)
