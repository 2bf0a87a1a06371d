"""`build_dataset`: a folder of recordings becomes a data set.

Every recording is heard twice: once for levels and faults, once to be cut into segments, which are written at once and
judged by what was measured of them. The manifest comes last: without it a folder is no data set.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from mixassist.dsp.decibels import amplitude_to_db
from mixassist.errors import AudioError, OptionError
from transfer.credit_ledger import LEDGER, Ledger, read_ledger, write_template
from transfer.dataset.audition import set_aside
from transfer.dataset.card import write_card
from transfer.dataset.coverage import cover
from transfer.dataset.coverage_picture import draw_coverage
from transfer.dataset.croissant import write_croissant
from transfer.dataset.cutting import Draft, common_gain, cut_recording
from transfer.dataset.folder import PICTURE, check_folder, staged
from transfer.dataset.freezing import Material, describe
from transfer.dataset.judging import Judgement, judge
from transfer.dataset.manifest import MANIFEST, TimbreDataset, open_dataset
from transfer.dataset.options import DatasetOptions
from transfer.dataset.recordings import find_recordings, listen

Tell = Callable[[float], None]
"""Is told how much is done, 0 to 1."""


def build_dataset(
    folder: Path, output: Path, options: DatasetOptions | None = None, tell: Tell = lambda done: None
) -> TimbreDataset:
    """The data set in the folder `output`, made of the recordings below `folder`; one that is there is replaced.

    Raises:
        AudioError: when there are no recordings, none of them can be used, or `output` cannot be written.
        OptionError: when the ledger of credits is missing or leaves something open, or `output` holds other things.
    """
    options = options or DatasetOptions()
    check_folder(output)
    paths = {path.relative_to(folder).as_posix(): path for path in find_recordings(folder, output)}
    ledger = _find_ledger(folder, output, options)
    ledger.require_makers(list(paths))
    recordings = []
    for name, path in paths.items():
        recordings.append(listen(path, name))
        tell(len(recordings) / (2 * len(paths)))
    gain = common_gain(recordings)
    with staged(output) as staging:
        drafts: list[Draft] = []
        for number, recording in enumerate(recordings, 1):
            drafts += cut_recording(recording, staging, number, gain, options)
            tell((len(recordings) + number) / (2 * len(paths)))
        judgement = judge(drafts, options.keep_outliers)
        kept = [draft for draft in drafts if draft.file not in judgement.reasons]
        if not kept:
            raise AudioError(_why_nothing(folder, drafts, judgement, options))
        material = Material(recordings, drafts, ledger, judgement, cover([draft.measured for draft in kept]))
        set_aside(material.left_out, judgement.reasons, staging)
        facts = {"name": options.name or output.name, "gain_db": round(float(amplitude_to_db(gain)), 2)}
        _write(staging, describe(material, staging, facts), material)
    return open_dataset(output)


def _write(folder: Path, manifest: dict[str, Any], material: Material) -> None:
    """Everything beside the sound: manifest, ledger, picture and descriptions."""
    (folder / LEDGER).write_text(material.ledger.text, encoding="utf-8")
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    write_croissant(folder, manifest, date.today())
    write_card(folder, manifest)
    if material.coverage is not None:
        draw_coverage(material.coverage, f"{manifest['name']}: pitch against loudness", folder / PICTURE)


def _why_nothing(folder: Path, drafts: list[Draft], judgement: Judgement, options: DatasetOptions) -> str:
    if not drafts:
        return f"{folder} holds no sound of {options.shortest_s:g} s or more: record more, or louder"
    why = judgement.reasons[drafts[0].file]
    return f"none of {len(drafts)} segments of {folder} can be used, the first is {why}: record them anew"


def _find_ledger(folder: Path, output: Path, options: DatasetOptions) -> Ledger:
    """The ledger that was named, or lies with the recordings or the data set; a template is written where none does."""
    if options.credits is not None:
        return read_ledger(options.credits)
    for place in (folder / LEDGER, output / LEDGER):
        if place.exists():
            return read_ledger(place)
    write_template(output / LEDGER)
    raise OptionError(
        f"{folder} has no {LEDGER} that says whose sound it is: fill in {output / LEDGER} and run this again"
    )
