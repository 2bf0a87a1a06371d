"""Compares what can be done to the masks of `lite`: the same songs and the same masks for every candidate.

Conventions: pieces are true stems [S, C, T] at the network's rate, of four kinds.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.mask_candidates import Candidate, Segment
from mixassist.dsp.spectrum import istft, stft
from mixassist.runtime import Session
from separation.lanes import LaneOptions, plan_lanes
from separation.lite import MaskNetwork, magnitudes
from separation.lite_scores import median_sdrs
from separation.model import Member, SourceModel
from separation.song_stream import SongStream
from separation.songs import RATE, STEMS
from separation.survey import measure_level

Floats = NDArray[np.float32]

HELD_OUT, MADE_UP, BAND, UNSUNG = "held out", "made", "band", "unsung"
"""Kinds of pieces: of the recorded song held out, made for this, of the band songs, and those without vocals."""
Pieces = Mapping[str, Sequence[Floats]]


@dataclass(frozen=True)
class Outcome:
    """What a candidate reached: SDRs in dB, a row [S] for each piece by kind, and the rest of its table row."""

    scores: Mapping[str, Floats]
    unsung_db: float
    ms_per_s: float

    def cells(self, plain: Outcome | None) -> tuple[str, ...]:
        """The row of the table: means by kind, then the band songs' stems; as changes where there is a `plain` one."""
        pattern = "{:.2f}" if plain is None else "{:+.2f}"
        shown = {kind: own - (0 if plain is None else plain.scores[kind]) for kind, own in self.scores.items()}
        means = [float(np.nanmean(np.nanmean(rows, axis=0))) for rows in shown.values()]
        figures = [*means, *np.nanmean(shown[BAND], axis=0)]
        return (*(pattern.format(figure) for figure in figures), f"{self.unsung_db:.1f}", f"{self.ms_per_s:.1f}")


def measure(
    session: Session, compared: Mapping[str, Candidate], pieces: Pieces, options: LaneOptions
) -> dict[str, Outcome]:
    """What each candidate reaches on the pieces."""
    network = _TrialNetwork(session, compared)
    rows: dict[str, dict[str, list[Floats]]] = {name: defaultdict(list) for name in compared}
    unsung_db: dict[str, list[float]] = defaultdict(list)
    for kind, truths in pieces.items():
        for truth in truths:
            for name, estimate in network.separate(truth.sum(axis=0), options).items():
                if kind == UNSUNG:
                    unsung_db[name].append(_vocals_db(estimate))
                else:
                    rows[name][kind].append(_sdrs(truth, estimate))
    seconds = sum(truth.shape[-1] for truths in pieces.values() for truth in truths) / RATE
    return {
        name: Outcome(
            {kind: np.stack(found) for kind, found in rows[name].items()},
            float(np.median(unsung_db[name])),
            1000 * network.spent_s[name] / seconds,
        )
        for name in compared
    }


class _TrialNetwork:
    """Gives the stems of all candidates one after another, as if they were stems of one model."""

    is_padded = True

    def __init__(self, session: Session, compared: Mapping[str, Candidate]) -> None:
        self.session = session
        self.segment = MaskNetwork(session).segment
        self.spent_s = defaultdict[str, float](float)
        self._compared = compared

    def __call__(self, mix: Floats, stem_indices: Sequence[int]) -> Floats:
        """The stems of the candidates in order, [B, N * S, C, T]."""
        n_fft, hop = (self.session.spec.options[name] for name in ("n_fft", "hop"))
        spectrum = stft(mix, n_fft, hop)
        seen = magnitudes(spectrum)
        segment = Segment(self.session, spectrum, seen, self.session.run({"magnitude": seen})["mask"])
        waves = [istft(self._timed(name, segment), hop, mix.shape[-1]) for name in self._compared]
        return np.concatenate(waves, axis=1)[:, stem_indices]

    def separate(self, mixture: Floats, options: LaneOptions) -> dict[str, Floats]:
        """Stems [S, C, T] of a mixture [C, T] by each candidate."""
        names = tuple(f"{name}: {stem}" for name in self._compared for stem in STEMS)
        model = SourceModel("lite", "", names, RATE, 2, (Member(self, (1.0,) * len(names)),))
        level = measure_level([mixture], RATE, RATE)
        stream = SongStream(plan_lanes(model, names, level.n_frames, options), level, RATE, RATE)
        stems = np.concatenate([part for _, part in stream.run([mixture], lambda n_frames: None)], axis=-1)
        return dict(zip(self._compared, np.split(stems, len(self._compared)), strict=True))

    def _timed(self, name: str, segment: Segment) -> NDArray[np.complex64]:
        begin = time.perf_counter()
        stems = self._compared[name](segment)
        self.spent_s[name] += time.perf_counter() - begin
        return stems


def _sdrs(truth: Floats, estimate: Floats) -> Floats:
    """SDR in dB of each stem, NaN where it is silent."""
    found = median_sdrs(truth, estimate, RATE)
    return np.array([found.get(stem, np.nan) for stem in STEMS], np.float32)


def _vocals_db(stems: Floats) -> float:
    """Level of the vocals relative to the sum of the stems [S, C, T]."""
    vocals, mixture = stems[STEMS.index("vocals")], stems.sum(axis=0)
    return float(10 * np.log10(np.square(vocals).sum() / np.square(mixture).sum() + 1e-12))
