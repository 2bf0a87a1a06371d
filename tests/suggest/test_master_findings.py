"""What is said of a song that no master can mend."""

from __future__ import annotations

import numpy as np

from mixassist.suggest.master import MasterOptions, suggest_master


def test_squashed_songs_are_told_so(song, written):
    flat = np.tanh(40 * song)
    for options in (MasterOptions("jazz"), MasterOptions("jazz", written(song, "reference.wav"))):
        assert "squashed" in [each.code for each in suggest_master(written(0.9 * flat, "flat.wav"), options).findings]


def test_channels_that_cancel_are_found_and_not_shaped(song, written):
    inverted = np.stack([song[0], -song[0] + 1e-5 * song[1]])
    one_sided = np.stack([song[0], 0 * song[0]])
    for samples, code in ((inverted, "opposite-polarity"), (one_sided, "one-sided")):
        advice = suggest_master(written(samples, "song.wav"), MasterOptions("pop"))
        assert code in [each.code for each in advice.findings]
        assert not advice.of("eq")
        assert not advice.of("width")
    as_reference = MasterOptions("pop", written(inverted, "reference.wav"))
    advice = suggest_master(written(song, "song.wav"), as_reference)
    assert not advice.of("eq")
    assert not advice.of("width")


def test_clipped_samples_are_found(song, written):
    clipped = np.clip(8 * song, -1, 1)
    assert "clipped" in [each.code for each in suggest_master(written(clipped, "x.wav"), MasterOptions("pop")).findings]
