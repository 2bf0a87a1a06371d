"""Scores of a network on songs it never learned from, quick enough to be taken every few minutes of training.

This module is a door of torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from separation.batches import views
from separation.lite_scores import median_sdrs
from separation.net import LiteNet
from separation.songs import MADE, RATE, STEMS, Song, as_float, song_length

Floats = NDArray[np.float32]


@torch.inference_mode()
def separate_piece(net: LiteNet, mix: Floats, scale: float) -> Floats:
    """Stems [S, 2, T] of a piece [2, T] of a song whose level is `scale`, in one pass through the network."""
    n_fft, hop, device = net.options.n_fft, net.options.hop, net.mean.device
    window = torch.hann_window(n_fft, device=device)
    wave = torch.from_numpy(mix / np.float32(scale)).to(device)
    spectrum = torch.stft(wave, n_fft, hop, window=window, return_complex=True)
    seen = views(torch.stack([spectrum.real, spectrum.imag])[:, None])
    waves = [torch.istft(mask * spectrum, n_fft, hop, window=window, length=mix.shape[-1]) for mask in net(seen)[0]]
    stems: Floats = torch.stack(waves).cpu().numpy() * np.float32(scale)
    return stems


def validate_song(net: LiteNet, song: Song, every: int = 2, n_piece: int = 12 * RATE) -> dict[str, float]:
    """Median SDR in dB of each audible stem of a song, over every second piece of `n_piece` samples."""
    starts = range(0, min(song_length(song, stem) for stem in song) - n_piece + 1, every * n_piece)
    pieces = [np.stack([_cut(song, name, at, n_piece) for name in STEMS]) for at in starts]
    scale = max(float(np.std([piece.sum(axis=0).mean(axis=0) for piece in pieces])), 1e-5)
    estimates = [separate_piece(net.eval(), piece.sum(axis=0), scale) for piece in pieces]
    return median_sdrs(np.concatenate(pieces, axis=-1), np.concatenate(estimates, axis=-1), RATE)


def validate(net: LiteNet, songs: Mapping[str, Song]) -> dict[str, float]:
    """Mean over the songs of each stem's median SDR in dB, and the mean of those over the stems.

    Recorded songs weigh half of it however few they are: made ones alone go on rising while recorded ones fall.
    """
    kinds = [{name: song for name, song in songs.items() if name.startswith(MADE) == is_made} for is_made in (0, 1)]
    means = [_mean_scores([validate_song(net, song) for song in kind.values()]) for kind in kinds if kind]
    scores = _mean_scores(means)
    rounded = {stem: round(score, 2) for stem, score in scores.items()}
    return rounded | {"mean": round(float(np.mean(list(scores.values()))), 2)}


def _mean_scores(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean of each stem over the scores that have it."""
    rows = {stem: [score[stem] for score in scores if stem in score] for stem in STEMS}
    return {stem: float(np.mean(values)) for stem, values in rows.items() if values}


def _cut(song: Song, stem: str, start: int, n_samples: int) -> Floats:
    """Samples [2, T] of a stem, zeros where the song does not have it."""
    if stem not in song:
        return np.zeros((2, n_samples), np.float32)
    cut = as_float(song[stem][:, start : start + n_samples])
    return np.repeat(cut, 2 // cut.shape[0], axis=0)
