"""`mixassist amp capture`: an amplifier is learned from a take and what it made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP, notes, print_json, print_table, say
from mixassist.errors import OptionError

if TYPE_CHECKING:
    from rich.progress import Progress

    from amp_models.capturing.files import CaptureFiles
    from amp_models.capturing.run import Capture, Look
    from amp_models.knobs.plan import KnobPlan

INTERRUPTED = 130
KNOBS_HELP = "Where the knobs stood, from 0 to 1, once for each REAMPED: gain=0.3 or gain=0.3,tone=0.5."


def capture(
    di: Annotated[Path, typer.Argument(metavar="DI", help="The dry take.")],
    reamped: Annotated[
        list[Path], typer.Argument(metavar="REAMPED...", help="The same through the amp; several with --knob.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="NAME.nam", help="The model to write.")],
    size: Annotated[str, typer.Option(help="nano, feather, lite, standard, lstm or a2.")] = "standard",
    minutes: Annotated[float | None, typer.Option(help="Of training; what is usual for the size if not given.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Instead: how often to hear the take.")] = None,
    knob: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help=KNOBS_HELP)] = None,
    name: Annotated[str | None, typer.Option(help="What players show; the file's name if not given.")] = None,
    make: Annotated[str | None, typer.Option(help="Who built the gear.")] = None,
    gear: Annotated[str | None, typer.Option(help="Which gear it is.")] = None,
    gear_type: Annotated[str | None, typer.Option(help="amp, pedal, amp_cab, preamp, studio ...")] = None,
    tone: Annotated[str | None, typer.Option(help="clean, overdrive, crunch, hi_gain or fuzz.")] = None,
    by: Annotated[str | None, typer.Option(help="Who captured it.")] = None,
    input_dbu: Annotated[float | None, typer.Option(help="dBu at the amp's input for 0 dBFS.")] = None,
    output_dbu: Annotated[float | None, typer.Option(help="dBu at the recorder's input for 0 dBFS.")] = None,
    spectral: Annotated[float, typer.Option(min=0, help="Share of the spectral loss; costs time and ESR.")] = 0.0,
    pre_emphasis: Annotated[float, typer.Option(min=0, max=1, help="Weigh treble: c of 1 - c/z; 0.85 is usual.")] = 0.0,
    threads: Annotated[int, typer.Option(min=1, help="Threads to train with.")] = 2,
    device: Annotated[str, typer.Option(help="cpu, or cuda for an NVIDIA GPU.")] = "cpu",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that was interrupted.")] = False,
    force: Annotated[bool, typer.Option(help="Overwrite existing files.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Learn an amp: checks and aligns the takes, trains, and writes NAME.nam, NAME/, NAME.png and NAME.json."""
    from amp_models.capturing.files import capture_paths, capture_report, write_capture
    from amp_models.capturing.options import CaptureOptions
    from amp_models.capturing.run import capture as learn
    from amp_models.learning.checkpoint import forget_progress, is_kept
    from amp_models.learning.loss import LossOptions
    from amp_models.nam.metadata import Gear

    told = Gear(name, by, gear_type, make, gear, tone, input_dbu, output_dbu)
    loss = LossOptions(spectral, pre_emphasis)
    options = CaptureOptions(size, minutes, epochs, told, loss, n_threads=threads, device=device)
    plan = _plan(knob, len(reamped))
    kept = _kept_at(output, resume, force)
    # A run that is taken up may have been interrupted while it wrote them.
    capture_paths(output, force or resume, plan)
    try:
        with _shown(json, None if resume else kept) as watch:
            captured = learn([(di, take) for take in reamped], options, plan, watch, kept)
        files = write_capture(captured, output)
    except KeyboardInterrupt:
        cure = f"what was learned is kept in {kept}; the same command with --resume goes on"
        say(f"interrupted: {cure if is_kept(kept) else 'nothing was learned yet'}")
        raise typer.Exit(INTERRUPTED) from None
    forget_progress(kept)
    if json:
        print_json(capture_report(captured, files))
        return
    _print_result(captured, files)


def _plan(knobs: list[str] | None, n_takes: int) -> KnobPlan | None:
    from amp_models.knobs.plan import plan_of

    if not knobs and n_takes == 1:
        return None
    if len(knobs or []) != n_takes:
        raise OptionError(f"{n_takes} reamped takes and {len(knobs or [])} --knob settings: give each take one")
    return plan_of(knobs or [])


def _kept_at(output: Path, is_resumed: bool, is_forced: bool) -> Path:
    """The folder that keeps the run.

    Raises:
        OptionError: when one is there and it was not said what to do with it, or none is there to go on from.
    """
    kept = output.with_name(f"{output.stem}.training")
    if is_resumed and not kept.exists():
        raise OptionError(f"{kept} does not exist: there is nothing to go on from, leave --resume out")
    if kept.exists() and not is_resumed and not is_forced:
        raise OptionError(f"{kept} holds an interrupted training: pass --resume to go on, or --force to begin anew")
    return kept


@contextmanager
def _shown(is_json: bool, forgotten: Path | None) -> Iterator[Callable[[Look], None]]:
    """A progress bar on stderr, with the network and its error; what is `forgotten` stays until learning begins."""
    from amp_models.learning.checkpoint import forget_progress

    with _progress(is_json) as progress:
        task = progress.add_task("checking the takes", total=1.0, esr="")

        def watch(look: Look) -> None:
            if forgotten is not None and look.share == 0 and not look.curve:
                forget_progress(forgotten)
            for finding in look.findings:
                say(f"{finding.severity}: {finding.message}")
            best = min((moment.esr for moment in look.curve), default=None)
            esr = "" if best is None else f"ESR {best:.2g}"
            progress.update(task, completed=look.share, description=f"learning {look.part}", esr=esr)

        yield watch


def _progress(is_quiet: bool) -> Progress:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = ("{task.description}", "{task.fields[esr]}")
    texts = [TextColumn(column, markup=False) for column in columns]
    bar = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(texts[0], *bar, texts[1], console=notes(), transient=True, disable=is_quiet)


def _print_result(capture: Capture, files: CaptureFiles) -> None:
    scores, first = files.scores, capture.reports[0]
    ended = " (nothing but noise is left)" if all(one.is_at_floor for one in capture.learned) else ""
    print(f"{files.nam}: ESR {scores.esr:.2g} on what was held out, after {capture.minutes:.1f} minutes{ended}")
    rows = [
        ("the pair", first.verdict),
        ("delay taken out", f"{first.delay_samples:.2f} samples"),
        ("polarity", "inverted, and learned so" if first.polarity < 0 else "kept"),
        ("floor of the noise", f"ESR {capture.floor:.2g}"),
        ("spectral error", f"{scores.mrstft:.3f} (MRSTFT)"),
        ("level", f"{scores.level_db:+.2f} dB against the amp"),
        ("folded tones", f"{scores.aliasing_db:.0f} dB"),
        ("worst band", _worst_band(scores.band_esr)),
    ]
    print_table("", ("what", "found"), rows)
    for finding in (*(finding for report in capture.reports for finding in report.findings), *capture.findings):
        print(f"{finding.severity}: {finding.message}")
    if files.suggestion is not None and capture.plan is not None:
        print(f"record next: {capture.plan.tell(files.suggestion.setting)}: {files.suggestion.reason}")
    print(f"the engines' model is {files.folder}, the picture {files.picture}, the report {files.report}")


def _worst_band(bands: dict[str, float | None]) -> str:
    known = {name: value for name, value in bands.items() if value is not None}
    name = max(known, key=lambda band: known[band])
    return f"{name} Hz, ESR {known[name]:.2g}"
