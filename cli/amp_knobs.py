"""Knobs on the command line: `--knob gain=0.4`, `mixassist amp fold` and `mixassist amp next`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.amp_options import Json, Knobs
from cli.output import print_json, say
from mixassist.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amp_models import Amp
    from mixassist.audio.buffer import Samples

KnobbedAmp = Annotated[
    Path, typer.Argument(metavar="MODEL", help="The folder of an amp that was captured with --knob.")
]


def open_amp(model: Path, size: float | None, knobs: list[str] | None) -> Amp:
    """The amp, its knobs where they were asked to stand."""
    from amp_models import load_amp
    from amp_models.knobs.model import amp_at
    from amp_models.knobs.plan import parse_setting

    values = parse_setting(knobs or [])
    return amp_at(load_amp(model, size), values)


def fold(
    model: KnobbedAmp,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT.nam", help="The file to write.")],
    knob: Knobs = None,
    force: Annotated[bool, typer.Option(help="Overwrite an existing file.")] = False,
    json: Json = False,
) -> None:
    """Write an amp with knobs as a .nam file at one setting, for every player."""
    from amp_models import load_amp
    from amp_models.knobs.model import fold_amp, plan_of_facts
    from amp_models.knobs.plan import parse_setting
    from amp_models.nam.format import write_nam

    if output.suffix.lower() != ".nam":
        raise OptionError(f"{output.name} is no .nam name: players look for files that end in .nam")
    if output.exists() and not force:
        raise OptionError(f"{output} exists: pass --force to overwrite it, or another -o")
    values = parse_setting(knob or [])
    amp = load_amp(model)
    plan = plan_of_facts(amp.facts)
    setting = plan.place(values)
    folded = fold_amp(amp, setting)
    write_nam(output, folded)
    if not plan.holds(setting):
        say(f"nothing was recorded at {plan.tell(setting)}: it lies between recordings, and is the model's guess")
    if json:
        report = {"output": str(output), "name": folded.metadata["name"], "knobs": values}
        print_json(report | {"was_recorded": plan.holds(setting)})
        return
    print(f"{output}: {folded.metadata['name']}")


def suggest_next(
    model: KnobbedAmp,
    take: Annotated[Path, typer.Argument(metavar="DI", help="A dry take to hear the model with.")],
    json: Json = False,
) -> None:
    """Say which setting of an amp with knobs to record next, and why."""
    from amp_models import load_amp
    from amp_models.knobs.model import plan_of_facts, predictor, read_knob_artifact
    from amp_models.knobs.next_setting import loudest_part, suggest_setting

    amp = load_amp(model)
    plan = plan_of_facts(amp.facts)
    predict = predictor(read_knob_artifact(amp.artifact), loudest_part(_heard(take, amp.rate), amp.rate))
    suggestion = suggest_setting(plan, predict)
    values = dict(zip(plan.names, suggestion.setting, strict=True))
    if json:
        print_json({"knobs": values, "change_esr": suggestion.change, "reason": suggestion.reason})
        return
    print(f"record {plan.tell(suggestion.setting)} next: {suggestion.reason}")


def knob_rows(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Rows for a table of facts: the knobs, and where they stood in the recordings."""
    names = facts["knobs"]
    settings = [", ".join(f"{name} {value:g}" for name, value in zip(names, s, strict=True)) for s in facts["settings"]]
    return [("knobs", ", ".join(names)), *(("recorded at", setting) for setting in settings)] if names else []


def _heard(path: Path, rate: int) -> Samples:
    """The first channel of a take, [1, T], at `rate`."""
    from mixassist import read_audio
    from mixassist.audio.resample import resample

    samples = resample(read_audio(path), rate).samples[:1]
    if not samples.any():
        raise OptionError(f"{path.name} is silent: give a take that somebody plays on")
    return samples
