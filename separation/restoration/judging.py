"""Scores of a network on sounds, rooms and noises it never learned from, quick enough for every few minutes.

This module is a door of torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from mixassist.dsp.scores import sdr, si_sdr
from mixassist.dsp.stream_spectrum import SpectrumGrid, StreamIstft, StreamStft
from separation.restoration.batches import heard_by
from separation.restoration.examples import Example, ExampleMaker
from separation.restoration.net import RestorationNet, RestorationNetOptions, first_states
from separation.restoration.stream import NOISE, PARTS, TAIL

Floats = NDArray[np.float32]
TakePart = Callable[["Trial", int], Floats]
"""What is taken [C, T] from a trial as its tail, or its noise."""

MOST_DB = 30.0
"""Nobody hears what is nearer than this."""


@dataclass(frozen=True, eq=False)
class Trial:
    """An example to judge by, and the views [V, F, T] of it that the network meets."""

    example: Example
    views: Floats


def draw_trials(maker: ExampleMaker, network: RestorationNetOptions, n_trials: int) -> list[Trial]:
    """The first examples of a maker that are not silent."""
    examples = (maker[index] for index in range(n_trials))
    return [Trial(example, heard_by(example, network)) for example in examples if example.parts[0].any()]


@torch.inference_mode()
def take(net: RestorationNet, trial: Trial, part: int) -> Floats:
    """The part [C, T] of a trial that the network finds."""
    options = net.options
    ahead = np.zeros((*trial.views.shape[:2], options.n_ahead), np.float32)
    views = torch.from_numpy(np.concatenate([trial.views, ahead], axis=-1)[None])
    shares, *_ = net.eval()(views, *first_states(options))
    return _masked(trial, options, shares[0, part, 0, :, options.n_ahead :].numpy())


def take_by_oracle(trial: Trial, part: int, options: RestorationNetOptions) -> Floats:
    """What the best shares there are would take, one for all channels: no network of this kind can do better."""
    n_samples = _n_whole_hops(trial, options)
    parts = trial.example.parts[..., :n_samples]
    whole, wanted = (_analysed(sound, options) for sound in (parts.sum(axis=0), parts[part]))
    power = np.sum(whole.real**2 + whole.imag**2, axis=0)
    share = np.sum((whole * wanted.conj()).real, axis=0) / np.maximum(power, 1e-12)
    return _masked(trial, options, np.clip(share, 0, 1))


def judge(take_part: TakePart, trials: Sequence[Trial]) -> dict[str, float]:
    """Mean gains in SI-SDR, dB, where there is a tail and where there is noise, and how near the rest comes to itself.

    `harm` is how far below a sound without tail or noise lies what is taken from it, in dB, at most `MOST_DB`; `mean`,
    by which networks are compared, counts it by a tenth, and noise by a quarter, as the loss does.
    """
    rows: dict[str, list[float]] = {"tail": [], "noise": [], "harm": []}
    for trial in trials:
        whole = trial.example.parts.sum(axis=0)
        for part in (TAIL, NOISE) if trial.example.is_dry else (NOISE,):
            found = take_part(trial, part)
            heard = whole[:, : found.shape[1]]
            wanted = heard - trial.example.parts[part, :, : found.shape[1]]
            if trial.example.parts[part].any():
                rows[PARTS[part]].append(si_sdr(wanted, heard - found) - si_sdr(wanted, heard))
            else:
                rows["harm"].append(min(sdr(heard, heard - found), MOST_DB))
    scores = {name: round(float(np.mean(values)), 3) for name, values in rows.items() if values}
    worst = min((value for name in PARTS[1:] for value in rows[name]), default=0.0)
    total = scores.get("tail", 0.0) + scores.get("noise", 0.0) / 4 + scores.get("harm", 0.0) / 10
    return scores | {"worst": round(worst, 3), "mean": round(total, 3)}


def _n_whole_hops(trial: Trial, options: RestorationNetOptions) -> int:
    return trial.example.parts.shape[-1] // options.hop * options.hop


def _analysed(sound: Floats, options: RestorationNetOptions) -> NDArray[np.complex64]:
    return StreamStft(SpectrumGrid(options.n_fft, options.hop), len(sound)).process(sound)


def _masked(trial: Trial, options: RestorationNetOptions, share: Floats) -> Floats:
    """What a share [F, T] of the trial sounds like, [C, T]."""
    whole = trial.example.parts.sum(axis=0)[:, : _n_whole_hops(trial, options)]
    synthesis = StreamIstft(SpectrumGrid(options.n_fft, options.hop), len(whole))
    return synthesis.process(_analysed(whole, options) * share)[:, synthesis.grid.latency_samples :]
