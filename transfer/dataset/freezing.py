"""`describe`: what went into a data set becomes the rows of its manifest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixassist.runtime.artifact import file_sha256
from transfer.credit_ledger import Ledger
from transfer.credits import Contributor, weigh
from transfer.dataset.cutting import Draft
from transfer.dataset.manifest import FORMAT_VERSION, SPLITS, Split
from transfer.dataset.pauses import find_sounds, signal_to_noise_db
from transfer.dataset.pieces import RATE
from transfer.dataset.recordings import Recording
from transfer.dataset.splits import MIN_TAKES, split_sounds, split_takes


@dataclass(frozen=True, eq=False)
class Material:
    """What a data set is made of: recordings, the segments that were cut from them, and whose sound they are."""

    recordings: Sequence[Recording]
    drafts: Sequence[Draft]
    ledger: Ledger


def describe(material: Material, folder: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest, plain JSON values; the segments lie in `folder`."""
    splits = _splits(material.drafts)
    segments = [_segment_row(draft, splits[draft.file], folder) for draft in material.drafts]
    kept = _seconds_by(segments, "recording")
    makers = {each.name: material.ledger.maker(each.name) for each in material.recordings}
    seconds: dict[Contributor, float] = defaultdict(float)
    for name, maker in makers.items():
        if maker is not None and name in kept:
            seconds[maker] += kept[name]
    return {
        "format_version": FORMAT_VERSION,
        **facts,
        "rate": RATE,
        "seconds": dict.fromkeys(SPLITS, 0.0) | _seconds_by(segments, "split"),
        "credits": [credit.to_dict() for credit in weigh(seconds)],
        "recordings": [_recording_row(each, makers[each.name], kept) for each in material.recordings],
        "segments": segments,
    }


def _splits(drafts: Sequence[Draft]) -> dict[str, Split]:
    """The split of each segment by its file."""
    seconds: dict[str, float] = defaultdict(float)
    for draft in drafts:
        seconds[draft.recording] += draft.seconds
    if len(seconds) >= MIN_TAKES:
        of_take = split_takes(seconds)
        return {draft.file: of_take[draft.recording] for draft in drafts}
    sounds: dict[tuple[str, int], float] = defaultdict(float)
    for draft in drafts:
        sounds[draft.recording, draft.sound] += draft.seconds
    of_sound = dict(zip(sounds, split_sounds(list(sounds.values())), strict=True))
    return {draft.file: of_sound[draft.recording, draft.sound] for draft in drafts}


def _segment_row(draft: Draft, split: Split, folder: Path) -> dict[str, Any]:
    return {
        "file": draft.file,
        "sha256": file_sha256(folder / draft.file),
        "recording": draft.recording,
        "start_s": round(draft.start_s, 3),
        "seconds": round(draft.seconds, 3),
        "split": split,
    }


def _recording_row(recording: Recording, maker: Contributor | None, kept: Mapping[str, float]) -> dict[str, Any]:
    noise_db = signal_to_noise_db(recording.levels_db, find_sounds(recording.levels_db))
    return {
        "name": recording.name,
        "sha256": recording.sha256,
        "seconds": round(recording.seconds, 3),
        "kept_seconds": kept.get(recording.name, 0.0),
        "rate": recording.rate,
        "signal_to_noise_db": None if noise_db is None else round(noise_db, 1),
        "contributor": maker.name if maker else "",
        "source": maker.source if maker else "",
        "licence": maker.licence if maker else "",
        "findings": [finding.to_dict() for finding in recording.findings],
    }


def _seconds_by(rows: Sequence[Mapping[str, Any]], key: str) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for row in rows:
        sums[row[key]] = round(sums[row[key]] + row["seconds"], 3)
    return dict(sums)
