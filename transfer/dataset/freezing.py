"""`describe`: what went into a data set becomes the rows of its manifest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixassist.errors import Finding
from mixassist.runtime.artifact import file_sha256
from transfer.credit_ledger import Ledger
from transfer.credits import Contributor, weigh
from transfer.dataset.audition import audition_file
from transfer.dataset.coverage import Coverage
from transfer.dataset.cutting import Draft
from transfer.dataset.judging import Judgement
from transfer.dataset.likeness import nearest_db
from transfer.dataset.manifest import FORMAT_VERSION, SPLITS
from transfer.dataset.pauses import find_sounds, signal_to_noise_db
from transfer.dataset.pieces import RATE
from transfer.dataset.recordings import Recording
from transfer.dataset.splits import MIN_TAKES
from transfer.dataset.takes import assign_splits

QUIET_ENOUGH_DB = 30.0
"""Less between sound and pauses, and the model learns the noise too."""


@dataclass(frozen=True, eq=False)
class Material:
    """What a data set is made of: recordings, the segments cut from them, whose sound it is, and what was found."""

    recordings: Sequence[Recording]
    drafts: Sequence[Draft]
    ledger: Ledger
    judgement: Judgement
    coverage: Coverage | None

    @property
    def kept(self) -> list[Draft]:
        """Segments that are learned from."""
        return [draft for draft in self.drafts if draft.file not in self.judgement.reasons]

    @property
    def left_out(self) -> list[Draft]:
        return [draft for draft in self.drafts if draft.file in self.judgement.reasons]


def describe(material: Material, folder: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest, plain JSON values; the segments lie in `folder`."""
    splits = assign_splits(material.kept)
    segments = [_row(draft, material, folder, draft.file) | {"split": splits[draft.file]} for draft in material.kept]
    kept = _seconds_by(segments, "recording")
    nearest = nearest_db(material.kept)
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
        "nearest_recording_db": None if nearest is None else round(nearest, 2),
        "coverage": material.coverage.to_dict() if material.coverage else None,
        "findings": [finding.to_dict() for finding in (*material.judgement.findings, *_about_splits(kept))],
        "recordings": [_recording_row(each, makers[each.name], kept) for each in material.recordings],
        "segments": segments,
        "left_out": [
            _row(draft, material, folder, audition_file(draft)) | {"reason": material.judgement.reasons[draft.file]}
            for draft in material.left_out
        ],
    }


def _row(draft: Draft, material: Material, folder: Path, file: str) -> dict[str, Any]:
    pitch_hz = 2**draft.measured.pitch
    return {
        "file": file,
        "sha256": file_sha256(folder / file),
        "recording": draft.recording,
        "start_s": round(draft.start_s, 3),
        "seconds": round(draft.seconds, 3),
        "pitch_hz": round(pitch_hz, 2) if pitch_hz > 0 else None,
        "pitched": round(draft.measured.pitched, 3),
        "similarity": material.judgement.similarity.get(draft.file),
    }


def _about_splits(kept: Mapping[str, float]) -> tuple[Finding, ...]:
    if len(kept) >= MIN_TAKES:
        return ()
    message = f"{len(kept)} recordings cannot be split whole: the last parts of the sound are held out instead"
    return (Finding("split-in-time", "info", message),)


def _recording_row(recording: Recording, maker: Contributor | None, kept: Mapping[str, float]) -> dict[str, Any]:
    noise_db = signal_to_noise_db(recording.levels_db, find_sounds(recording.levels_db))
    findings = list(recording.findings)
    if noise_db is not None and noise_db < QUIET_ENOUGH_DB:
        message = f"its sound is only {noise_db:.0f} dB above its pauses: `mixassist denoise` may help"
        findings.append(Finding("noisy", "warning", message))
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
        "findings": [finding.to_dict() for finding in findings],
    }


def _seconds_by(rows: Sequence[Mapping[str, Any]], key: str) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for row in rows:
        sums[row[key]] = round(sums[row[key]] + row["seconds"], 3)
    return dict(sums)
