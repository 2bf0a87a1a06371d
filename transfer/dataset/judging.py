"""Which segments are learned from, and why the others are not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mixassist.errors import Finding
from transfer.dataset.belonging import MIN_SEGMENTS, Belonging, compare
from transfer.dataset.copies import find_copies
from transfer.dataset.cutting import Draft

MOSTLY = 0.5
"""A recording of which more is foreign is foreign as a whole."""
N_NAMED = 8
FULL_SCALE_SHARE = 1e-4
"""Samples held at full scale that make a segment a clipped one: five in a second."""
PITCHED_SHARE = 0.5
"""Below, a pitch is heard in so little of the sound that an instrument of one pitch at a time is unlikely."""

_KINDS = {"the same as": "the same as another", "clipped": "clipped", "unlike the rest": "unlike the rest"}


@dataclass(frozen=True, eq=False)
class Judgement:
    """What was found about segments, by file.

    Attributes:
        reasons: why a segment is left out; only of those that are.
        similarity: of each segment to the rest, 0 to 1; empty where there are too few to compare.
        findings: what is worth knowing about the whole.
    """

    reasons: Mapping[str, str]
    similarity: Mapping[str, float]
    findings: tuple[Finding, ...]


def kind_of(reason: str) -> str:
    """A reason less what it tells of one segment, to be counted by."""
    return next((kind for begin, kind in _KINDS.items() if reason.startswith(begin)), "in a recording unlike the rest")


def judge(drafts: Sequence[Draft], keep_outliers: bool) -> Judgement:
    """Says of each segment whether it goes in.

    Args:
        drafts: all segments, in order.
        keep_outliers: whether foreign ones stay in, and are only named.
    """
    reasons = {
        draft.file: f"clipped: {draft.clipped:.2%} of it is held at full scale"
        for draft in drafts
        if draft.clipped > FULL_SCALE_SHARE
    }
    reasons |= _copied([draft for draft in drafts if draft.file not in reasons])
    fit = [draft for draft in drafts if draft.file not in reasons]
    belonging = compare([draft.measured for draft in fit], [draft.seconds for draft in fit])
    foreign = _foreign(fit, belonging)
    if not keep_outliers:
        reasons |= foreign
    similarity = {draft.file: round(float(each), 3) for draft, each in zip(fit, belonging.similarity, strict=True)}
    compared = similarity if len(fit) >= MIN_SEGMENTS else {}
    return Judgement(reasons, compared, tuple(_findings(fit, foreign, reasons)))


def _copied(drafts: Sequence[Draft]) -> dict[str, str]:
    """What each copy among segments that can be used is a copy of: were others asked, both could be left out."""
    seconds, recordings = [draft.seconds for draft in drafts], [draft.recording for draft in drafts]
    copies = find_copies([draft.measured for draft in drafts], seconds, recordings)
    return {drafts[copy].file: f"the same as in {recordings[first]}" for copy, first in copies.items()}


def _foreign(drafts: Sequence[Draft], belonging: Belonging) -> dict[str, str]:
    """Why segments do not belong; those that would, but lie in a recording most of which does not, are among them."""
    parts: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for draft, is_foreign in zip(drafts, belonging.is_foreign, strict=True):
        parts[draft.recording].append((draft.seconds, bool(is_foreign)))
    share = {name: np.average([each for _, each in of], weights=[s for s, _ in of]) for name, of in parts.items()}
    reasons = {}
    for draft, is_foreign, distance, words in zip(
        drafts, belonging.is_foreign, belonging.distance, belonging.words, strict=True
    ):
        if is_foreign:
            told = f": {words}" if words else ""
            reasons[draft.file] = (
                f"unlike the rest, {max(distance, 1):.1f} times as far off as what belongs may be{told}"
            )
        elif share[draft.recording] > MOSTLY:
            reasons[draft.file] = f"{share[draft.recording]:.0%} of its recording is unlike the rest"
    return reasons


def _findings(drafts: Sequence[Draft], foreign: Mapping[str, str], reasons: Mapping[str, str]) -> list[Finding]:
    found = []
    if len(drafts) < MIN_SEGMENTS:
        message = f"{len(drafts)} segments are too few to hear which are unlike the rest: {MIN_SEGMENTS} are needed"
        found.append(Finding("too-few-to-compare", "warning", message))
    strangers = _wholly_in(drafts, foreign)
    if strangers:
        message = f"{len(strangers)} recordings sound like another instrument or place: {_named(strangers)}"
        found.append(Finding("foreign-recordings", "warning", message))
    copied = sorted({name for name, why in reasons.items() if why.startswith("the same")})
    if copied:
        found.append(Finding("copies", "warning", f"{len(copied)} segments are there twice: see what was left out"))
    pitched = _pitched_share(drafts)
    if pitched < PITCHED_SHARE:
        message = (
            f"a pitch is heard in {pitched:.0%} of the sound: the instrument engine wants one clear note at a time"
        )
        found.append(Finding("hardly-pitched", "warning", message))
    return found


def _pitched_share(drafts: Sequence[Draft]) -> float:
    """Of the seconds, how many have a clear pitch."""
    seconds = sum(draft.seconds for draft in drafts)
    return sum(draft.seconds * draft.measured.pitched for draft in drafts) / max(seconds, 1e-9) if drafts else 1.0


def _wholly_in(drafts: Sequence[Draft], foreign: Mapping[str, str]) -> list[str]:
    """Recordings of which nothing belongs, in order."""
    belonging = {draft.recording for draft in drafts if draft.file not in foreign}
    return list(dict.fromkeys(draft.recording for draft in drafts if draft.recording not in belonging))


def _named(names: Sequence[str]) -> str:
    more = len(names) - N_NAMED
    return ", ".join(names[:N_NAMED]) + (f" and {more} more" if more > 0 else "")
