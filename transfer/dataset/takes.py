"""Which recordings belong together when a data set is split: those of one note.

Libraries of notes hold each note several times: by another microphone, louder, or once more. Whoever has learned one
knows the others, so all of them go to one split. Recordings with melodies stand for themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from transfer.dataset.cutting import Draft
from transfer.dataset.manifest import Split
from transfer.dataset.splits import MIN_TAKES, split_sounds, split_takes

ONE_NOTE_OCTAVES = 0.15
"""Vibrato and drift of one note stay within it."""


def assign_splits(drafts: Sequence[Draft]) -> dict[str, Split]:
    """The split of each segment by its file."""
    by_recording: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_recording[draft.recording].append(draft)
    if len(by_recording) < MIN_TAKES:
        return _split_in_time(drafts)
    take_of = {name: _take(name, pieces) for name, pieces in by_recording.items()}
    if len(set(take_of.values())) < MIN_TAKES:
        take_of = {name: name for name in by_recording}
    height = {name: _height(pieces) for name, pieces in by_recording.items()}
    seconds: dict[str, float] = defaultdict(float)
    for name in sorted(by_recording, key=lambda name: (height[name], name)):
        seconds[take_of[name]] += sum(piece.seconds for piece in by_recording[name])
    split_of = split_takes(seconds)
    return {draft.file: split_of[take_of[draft.recording]] for draft in drafts}


def _height(pieces: Sequence[Draft]) -> float:
    """Median pitch in octaves; 0 where nothing has one."""
    pitches = np.array([piece.measured.pitch for piece in pieces])
    return float(np.median(pitches[np.isfinite(pitches)])) if np.isfinite(pitches).any() else 0.0


def _take(recording: str, pieces: Sequence[Draft]) -> str:
    """What a recording is a take of: its note, or itself."""
    pitches = np.array([piece.measured.pitch for piece in pieces])
    ranges = np.array([piece.measured.pitch_range for piece in pieces])
    if not np.isfinite(pitches).all() or max(np.ptp(pitches), ranges.max()) > ONE_NOTE_OCTAVES:
        return recording
    return f"note {round(69 + 12 * (float(np.median(pitches)) - np.log2(440)))}"


def _split_in_time(drafts: Sequence[Draft]) -> dict[str, Split]:
    sounds: dict[tuple[str, int], float] = defaultdict(float)
    for draft in drafts:
        sounds[draft.recording, draft.sound] += draft.seconds
    of_sound = dict(zip(sounds, split_sounds(list(sounds.values())), strict=True))
    return {draft.file: of_sound[draft.recording, draft.sound] for draft in drafts}
