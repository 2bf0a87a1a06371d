"""`build_dataset`: a folder of recordings becomes a data set.

Every recording is heard twice: once for levels and faults, once to be cut into segments, which are written at once and
judged by what was measured of them. The manifest comes last: without it a folder is no data set.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from mixassist.dsp.decibels import amplitude_to_db
from mixassist.errors import AudioError, OptionError
from transfer.credit_ledger import LEDGER, Ledger, read_ledger, write_template
from transfer.dataset.cutting import Draft, common_gain, cut_recording
from transfer.dataset.folder import check_folder, staged
from transfer.dataset.freezing import Material, describe
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
        if not drafts:
            raise AudioError(f"{folder} holds no sound of {options.shortest_s:g} s or more: record more")
        facts = {"name": options.name or output.name, "gain_db": round(float(amplitude_to_db(gain)), 2)}
        manifest = describe(Material(recordings, drafts, ledger), staging, facts)
        (staging / LEDGER).write_text(ledger.text, encoding="utf-8")
        (staging / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return open_dataset(output)


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
