"""A capture as files: NAME.nam for players, NAME/ for our engines, NAME.png to look at, NAME.json to read on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from amp_models.capturing.picture import draw_capture
from amp_models.capturing.run import Capture
from amp_models.capturing.scores import Scores, hear, score
from amp_models.knobs.model import fold_amp, predictor, write_knob_artifact
from amp_models.knobs.next_setting import Suggestion, loudest_part, suggest_setting
from amp_models.knobs.plan import KnobPlan, Setting
from amp_models.nam.conversion import convert_nam
from amp_models.nam.facts import facts_of_spec
from amp_models.nam.finish import finish_nam
from amp_models.nam.format import Nam, contain, write_nam
from amp_models.nam.fresh import A2_PARTS
from amp_models.nam.metadata import Gear, Training, nam_metadata
from amp_models.playing.amp import Amp
from mixassist.audio.atomic import atomic_path
from mixassist.errors import OptionError
from mixassist.runtime.artifact import MANIFEST, ModelCard


@dataclass(frozen=True)
class CaptureFiles:
    """What was written, its scores, the file's own `metadata`, and for knobs which setting to record next."""

    nam: Path
    folder: Path
    picture: Path
    report: Path
    scores: Scores
    metadata: Mapping[str, Any]
    folded: tuple[Path, ...] = ()
    suggestion: Suggestion | None = None


def capture_paths(output: Path, is_forced: bool, plan: KnobPlan | None = None) -> tuple[Path, Path, Path, Path]:
    """Where file, folder, picture and report of a capture go; with a plan of knobs, a file for each setting besides.

    Raises:
        OptionError: when the name does not end in .nam, one of them exists and may not be overwritten, or the folder
            holds something else than a model, or lies in a file or where nothing can be written.
    """
    if output.suffix.lower() != ".nam":
        raise OptionError(f"{output.name} is no .nam name: players look for files that end in .nam")
    _require_place(output)
    paths = (output, output.with_suffix(""), output.with_suffix(".png"), output.with_suffix(".json"))
    existing = [path for path in (*paths, *_folded_paths(output, plan)) if path.exists()]
    if existing and not is_forced:
        raise OptionError(f"{existing[0]} exists: pass --force to overwrite it, or another -o")
    if paths[1].exists() and not (paths[1] / MANIFEST).is_file():
        raise OptionError(f"{paths[1]} is in the way and no model: give another -o")
    return paths


def _require_place(output: Path) -> None:
    place = next(place for place in output.absolute().parents if place.exists())
    if not place.is_dir() or not os.access(place, os.W_OK):
        reason = "is a file" if place.is_file() else "cannot be written to"
        raise OptionError(f"{output.name} finds no place, {place} {reason}: give another -o")


def write_capture(capture: Capture, output: Path) -> CaptureFiles:
    """Writes everything beside `output`, a .nam name; what exists is replaced.

    Raises:
        AudioError: when the folder cannot be written or the disk is full.
        ModelError: when the network cannot be exported.
        OptionError: when the name does not end in .nam, or a folder is in the way.
    """
    paths = capture_paths(output, is_forced=True)
    named = _named(capture, output)
    return _write_plain(named, paths) if named.plan is None else _write_with_knobs(named, named.plan, paths)


def _write_plain(capture: Capture, paths: tuple[Path, Path, Path, Path]) -> CaptureFiles:
    nam = _finished(capture)
    heard = hear(nam, capture.takes)
    scores = score(nam, heard)
    write_nam(paths[0], nam)
    convert_nam(nam, paths[1], _name(capture), training=_told(capture, scores))
    draw_capture(capture, heard, scores, _name(capture), paths[2])
    files = CaptureFiles(*paths, scores, nam.metadata)
    _write_report(capture, files)
    return files


def _write_with_knobs(capture: Capture, plan: KnobPlan, paths: tuple[Path, Path, Path, Path]) -> CaptureFiles:
    """One artifact with all knobs, and a .nam file for each setting that was recorded and for the default."""
    best = capture.best
    nam = replace(best.nam, metadata=nam_metadata(None, capture.options.gear, _training(capture, best.esr)))
    heard = hear(nam, capture.takes)
    scores = score(nam, heard, plan.default)
    card = ModelCard(_name(capture), "its author's", _told(capture, scores), _credits(capture.options.gear))
    artifact = write_knob_artifact(nam, plan, paths[1], card)
    amp = Amp(artifact, facts_of_spec(artifact.spec, artifact.name))
    usual, training = fold_amp(amp, plan.default), {"training": nam.metadata["training"]}
    folded = _folded_paths(paths[0], plan)
    settings = dict.fromkeys(plan.settings)
    for path, at in zip((paths[0], *folded), (usual, *(fold_amp(amp, setting) for setting in settings)), strict=True):
        write_nam(path, replace(at, metadata={**at.metadata, **training}))
    draw_capture(capture, heard, scores, _name(capture), paths[2])
    suggestion = suggest_setting(plan, predictor(nam, loudest_part(capture.takes[0].audio[None], nam.rate)))
    files = CaptureFiles(*paths, scores, usual.metadata, folded, suggestion)
    _write_report(capture, files)
    return files


def _finished(capture: Capture) -> Nam:
    """The network, or the container of both, with its metadata, as players want it."""
    gear = capture.options.gear
    ready = [finish_nam(one.nam, gear, _training(capture, one.esr)) for one in capture.learned]
    if len(ready) == 1:
        return ready[0]
    return contain([(limit, nam) for (limit, _), nam in zip(A2_PARTS, ready, strict=True)])


def _training(capture: Capture, esr: float) -> Training:
    first = capture.reports[0]
    return Training(esr, capture.minutes, first.delay_samples, first.polarity)


def capture_report(capture: Capture, files: CaptureFiles) -> dict[str, Any]:
    """Everything there is to tell, as plain values."""
    told = _told(_named(capture, files.nam), files.scores) | files.scores.to_dict()
    told |= {
        "loudness": files.metadata.get("loudness"),
        "gain": files.metadata.get("gain"),
        "nam": str(files.nam),
        "artifact": str(files.folder),
        "picture": str(files.picture),
        "predicted_esr_floor": capture.floor,
        "ended_at_floor": all(one.is_at_floor for one in capture.learned),
        "networks": [
            {
                "name": one.name,
                "n_weights": int(one.nam.weights.size),
                "esr": one.esr,
                "curve": [[round(moment.seconds, 2), moment.n_steps, moment.esr] for moment in one.curve],
            }
            for one in capture.learned
        ],
        "findings": [finding.to_dict() for finding in capture.findings],
        "pairs": [report.to_dict() for report in capture.reports],
    }
    if capture.plan is not None and files.suggestion is not None:
        suggestion = files.suggestion
        told["knobs"] = {"names": list(capture.plan.names), "settings": [list(s) for s in capture.plan.settings]}
        told["folded"] = [str(path) for path in files.folded]
        told["next_setting"] = {"setting": list(suggestion.setting), "reason": suggestion.reason}
    return told


def _write_report(capture: Capture, files: CaptureFiles) -> None:
    with atomic_path(files.report) as temporary:
        temporary.write_text(json.dumps(capture_report(capture, files), indent=2), encoding="utf-8")


def _told(capture: Capture, scores: Scores) -> dict[str, Any]:
    """What the artifact's card says of the training."""
    return {
        "name": _name(capture),
        "size": capture.options.size,
        "esr": scores.esr,
        "minutes": round(capture.minutes, 2),
        "epochs": round(sum(one.n_epochs for one in capture.learned), 2),
        "data": "one pair of recordings by its author" if len(capture.takes) == 1 else "recordings by its author",
    }


def _named(capture: Capture, output: Path) -> Capture:
    """The capture under the name that was given to it, or else to the file."""
    gear = capture.options.gear
    return replace(capture, options=replace(capture.options, gear=replace(gear, name=gear.name or output.stem)))


def _name(capture: Capture) -> str:
    return capture.options.gear.name or "amp"


def _credits(gear: Gear) -> Sequence[dict[str, str]]:
    return [{"modeled_by": gear.modeled_by}] if gear.modeled_by else []


def _folded_paths(output: Path, plan: KnobPlan | None) -> tuple[Path, ...]:
    """A file for each setting, whether it was recorded once or more often."""
    settings = dict.fromkeys(plan.settings) if plan else ()
    return tuple(output.with_name(f"{output.stem}-{_slug(plan, setting)}.nam") for setting in settings if plan)


def _slug(plan: KnobPlan, setting: Setting) -> str:
    return "-".join(f"{name}-{value:g}" for name, value in zip(plan.names, setting, strict=True)).replace(" ", "-")
