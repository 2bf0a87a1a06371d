"""`mixassist transfer train`: a data set becomes a model that plays as it sounds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.output import JSON_HELP, notes, print_json, say
from mixassist.errors import OptionError

if TYPE_CHECKING:
    from mixassist.runtime import Artifact
    from transfer.dataset import TimbreDataset
    from transfer.instrument.training import Look as InstrumentLook
    from transfer.texture.training import Look as TextureLook

    Look = InstrumentLook | TextureLook

INTERRUPTED = 130


Kind = Literal["instrument", "texture"]


@dataclass(frozen=True)
class _Training:
    """How long and how a model is learned."""

    kind: Kind
    minutes: float
    n_threads: int
    seed: int
    has_room: bool


def train(
    dataset: Annotated[Path, typer.Argument(metavar="DATASET", help="A folder of `mixassist transfer dataset`.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="MODEL", help="Folder for the model.")],
    kind: Annotated[
        Kind, typer.Option(help="An instrument follows one note at a time; a texture also takes chords and beats.")
    ] = "instrument",
    minutes: Annotated[float, typer.Option(min=0.01, help="Minutes of the processor to learn for, in all.")] = 30.0,
    room: Annotated[
        bool, typer.Option("--room", help="An instrument: learn 43 ms of its room as well, one for all notes.")
    ] = False,
    threads: Annotated[int, typer.Option(min=1, help="Threads to train with.")] = 1,
    seed: Annotated[int, typer.Option(help="Of what is drawn at random.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training; more --minutes take it further.")] = (
        False
    ),
    force: Annotated[bool, typer.Option(help="Replace a model, and begin its training anew.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Learn a timbre from a data set, with listening samples on the way in MODEL.training."""
    from mixassist.runtime.run_state import has_state
    from transfer.dataset import open_dataset
    from transfer.training_folder import forget_run, require_replaceable, run_folder

    run = run_folder(output)
    _check(output, run, resume, force)
    _require_instrument(kind, room)
    require_replaceable(output)
    given = open_dataset(dataset)
    if force and not resume:
        forget_run(run)
    training = _Training(kind, minutes, threads, seed, room)
    begin_s = time.monotonic()
    try:
        with _shown(minutes, _judged_by(given), json) as watch:
            made = _learn(given, output, training, watch)
    except KeyboardInterrupt:
        kept = "what was learned up to the last look" if has_state(run) else "nothing was learned yet, what is there"
        say(f"interrupted: {kept} is kept in {run}; --resume goes on")
        raise typer.Exit(INTERRUPTED) from None
    if json:
        _report_json(made, output)
    else:
        _report(made, output, _judged_by(given), (time.monotonic() - begin_s) / 60)


def _learn(given: TimbreDataset, output: Path, asked: _Training, watch: Callable[[Look], None]) -> Artifact:
    """The model of the kind that is asked for."""
    if asked.kind == "texture":
        from transfer.texture.learning import LearningOptions as TextureOptions
        from transfer.texture.learning import learn_texture
        from transfer.texture.training import TrainingOptions as TextureTraining

        texture = TextureTraining(minutes=asked.minutes, n_threads=asked.n_threads, seed=asked.seed)
        return learn_texture(given, output, TextureOptions(texture), watch, say)
    from transfer.instrument.design import N_ROOM, InstrumentDesign
    from transfer.instrument.learning import LearningOptions, learn_instrument
    from transfer.instrument.training import TrainingOptions

    instrument = TrainingOptions(minutes=asked.minutes, n_threads=asked.n_threads, seed=asked.seed)
    design = InstrumentDesign(n_room=N_ROOM if asked.has_room else 0)
    return learn_instrument(given, output, LearningOptions(instrument, design), watch, say)


def _require_instrument(kind: Kind, has_room: bool) -> None:
    """Refuses a room for a texture.

    Raises:
        OptionError: when one is asked for.
    """
    if has_room and kind != "instrument":
        raise OptionError("a texture has its room in its sound: leave --room out")


def _check(output: Path, run: Path, is_resumed: bool, is_forced: bool) -> None:
    """Refuses to begin where a training or a model is, and to go on where none is.

    Raises:
        OptionError: for each of these.
    """
    if is_resumed and not run.exists():
        raise OptionError(f"{run} does not exist: there is nothing to go on from, leave --resume out")
    if is_resumed or is_forced:
        return
    if run.exists():
        raise OptionError(f"{run} holds a training: pass --resume to go on, or --force to begin anew")
    if output.exists():
        raise OptionError(f"{output} exists: name another folder, or pass --force")


@contextmanager
def _shown(minutes: float, judged_by: str, is_quiet: bool) -> Iterator[Callable[[Look], None]]:
    """A bar on stderr, and a line for each look."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("learning"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[distance]}"))
    console = notes()
    with Progress(*columns, console=console, transient=True, disable=is_quiet or not console.is_terminal) as progress:
        task = progress.add_task("learning", total=minutes, distance="")

        def watch(look: Look) -> None:
            distance = f"spectral distance {look.held_out:.3f}"
            progress.update(task, completed=look.minutes, distance=distance)
            if not is_quiet:
                say(f"{look.minutes:.1f} min, {look.n_steps} steps: {distance} on {judged_by}")

        yield watch


def _judged_by(given: TimbreDataset) -> str:
    return "what is held out" if given.names("validation") else "what it learns from"


def _report_json(made: Artifact, output: Path) -> None:
    training = dict(made.manifest["training"])
    print_json({"model": str(output), "name": made.name, "sha256": made.sha256, "training": training})


def _report(made: Artifact, output: Path, judged_by: str, wall_minutes: float) -> None:
    from transfer.training_folder import run_folder

    training = made.manifest["training"]
    best = training["best"]
    print(f"{output}: spectral distance {best['held_out']:.3f} on {judged_by}, at minute {best['minutes']:.1f}")
    print(f"{training['minutes']:.1f} minutes of the processor, {wall_minutes:.1f} by the clock")
    print(f"listening samples and the curve are in {run_folder(output)}, the card is {output / 'CARD.md'}")
