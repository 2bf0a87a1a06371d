"""What each step between the network of `lite` and its stems is worth: the ones it takes, and the ones it leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks import mask_candidates as candidates
from benchmarks.mask_candidates import Candidate
from benchmarks.mask_trials import BAND, HELD_OUT, MADE_UP, UNSUNG, Pieces, measure
from benchmarks.quality import song_folders
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.runtime import load_artifact, open_session
from separation.catalogue import EMBEDDED, NETWORKS
from separation.lanes import LaneOptions
from separation.lite import MaskNetwork
from separation.lite_scores import read_stems
from separation.refinement import Refinement
from separation.songs import MADE, RATE, STEMS, Song, SongLibrary, as_float
from separation.training_set.building import SetOptions, build
from separation.training_set.sources import read_sources

Floats = NDArray[np.float32]

MODEL = "lite"
SONG = "sodium"
"""The recorded song held out; it is sung from 185 s on."""
SUNG_S, UNSUNG_S = slice(186, 210), slice(60, 84)
MADE_SONGS = SetOptions(n_songs=12, seconds=16, seed=5000, n_jobs=1)
"""Songs made for this: no training set goes that far."""
PLAIN, SHIPPED = "masks as they are", "**as shipped**"


def trials(shipped: Refinement) -> dict[str, Candidate]:
    """All that is compared: nothing, what ships, its steps by themselves, and what was left out."""
    return {
        PLAIN: candidates.refined(Refinement()),
        SHIPPED: candidates.refined(shipped),
        **{f"masks to the power of {power:g}": candidates.refined(Refinement(power)) for power in (0.6, 0.8, 1.25)},
        **{
            f"vocals gate at {level_db:g} dB": candidates.refined(Refinement(vocals_threshold_db=level_db))
            for level_db in (-20.0, -16.0, -12.0)
        },
        "Wiener filter, 1 round of EM": candidates.expectation_maximisation(1),
        "Wiener filter, 2 rounds of EM": candidates.expectation_maximisation(2),
        "the same with magnitudes, 1 round": candidates.expectation_maximisation(1, power=1.0),
        "vocals' masks by 1.5": candidates.vocals_louder(1.5),
        "vocals above 90 Hz": candidates.vocals_above(90),
        "vocals above 160 Hz": candidates.vocals_above(160),
        "bass below 1 kHz": candidates.bass_below(1000),
        "bass below 500 Hz": candidates.bass_below(500),
        "bins without a stem of 0.5 to other": candidates.doubtful_to_other(0.5),
        "masks smoothed": candidates.smoothed(0.3),
        "one mask for both sides": candidates.same_on_both_sides,
        "mean with sides swapped": candidates.with_sides_swapped,
        "mean with ±3 dB": candidates.at_other_levels((0.7, 1.4)),
    }


def lite_refinement(bench: Bench) -> Section:
    """What every step changes, on held-out songs by which it was chosen and on the band songs by which it was not."""
    session = open_session(load_artifact(EMBEDDED / MODEL), torch_builder=NETWORKS[MODEL][1])
    pieces = all_pieces(bench)
    shipped = MaskNetwork(session).refinement
    outcomes = measure(session, trials(shipped), pieces, LaneOptions())
    for overlap in (0.1, 0.5):
        options = LaneOptions(overlap=overlap)
        one = measure(session, {SHIPPED: candidates.refined(shipped)}, pieces, options)[SHIPPED]
        outcomes[f"as shipped, chunks overlapping by {overlap:g}"] = one
    return Section(
        "lite: what is done to its masks",
        "python -m benchmarks --only lite-refinement",
        ("step", SONG, "made songs", "band songs", *STEMS, "vocals where none are, dB", "ms per s"),
        [(name, *outcome.cells(None if name == PLAIN else outcomes[PLAIN])) for name, outcome in outcomes.items()],
        "SDR in dB (medians over 1-s frames, means over stems, then songs): first row absolute, the others by how much"
        f" they change it. Steps are chosen by {SONG} (24 s sung, 24 s not) and {MADE_SONGS.n_songs} made songs, on"
        " which the network was not trained; the band songs, whose stems have a column each, only report. Vocals where"
        " none are: their energy relative to the mixture's in the pieces without vocals, median. ms per s: what the"
        " step costs for a second of song.",
    )


SECTIONS = {"lite-refinement": lite_refinement}


def all_pieces(bench: Bench) -> Pieces:
    """The pieces of every kind; in a quick run a few seconds of what is there."""
    data = bench.data / "separation"
    band = [read_stems(folder)[0] for folder in song_folders(data / "eval")]
    if bench.is_quick:
        short = [band[0][..., : 8 * RATE]]
        return dict.fromkeys((HELD_OUT, MADE_UP, BAND, UNSUNG), short)
    folder = bench.folder / "refinement-set"
    for _ in build(data, folder, read_sources(data), MADE_SONGS):
        pass
    made = [_whole(song) for name, song in SongLibrary.open(folder).songs.items() if name.startswith(MADE)]
    song, _ = read_stems(data / "train" / SONG)
    held_out = [song[..., where.start * RATE : where.stop * RATE] for where in (SUNG_S, UNSUNG_S)]
    unsung = [_without_vocals(piece) for piece in (held_out[1], *made)]
    return {HELD_OUT: held_out, MADE_UP: made, BAND: band, UNSUNG: unsung}


def _whole(song: Song) -> Floats:
    """Stems [S, 2, T] of a stored song, zeros for those it does not have."""
    n_samples = min(song[name].shape[1] for name in song)
    stems = np.zeros((len(STEMS), 2, n_samples), np.float32)
    for name in song:
        stems[STEMS.index(name)] = as_float(np.asarray(song[name][:, :n_samples]))
    return stems


def _without_vocals(truth: Floats) -> Floats:
    unsung = truth.copy()
    unsung[STEMS.index("vocals")] = 0
    return unsung
