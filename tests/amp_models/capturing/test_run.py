"""What is trained on what: networks, shares of the time, and runs that are interrupted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from amp_models import capture
from amp_models.capturing.options import CaptureOptions
from amp_models.capturing.run import Capture, Learned
from amp_models.knobs.plan import KnobPlan
from amp_models.learning.training import Moment
from amp_models.nam.fresh import fresh_nam
from mixassist import AudioBuffer
from mixassist.errors import CaptureError, OptionError
from tests.amp_models.captures import PLAN, options, pair
from tests.amp_models.generated_pairs import buffer, driven, dry, moved, recorded


def interrupt(at: str, n_looks: int):
    """A watch that interrupts the training of one network."""
    seen = []

    def watch(look):
        seen.append(look.part)
        if seen.count(at) == n_looks:
            raise KeyboardInterrupt

    return watch


@pytest.mark.parametrize(("size", "part"), [("nano", "nano"), ("a2", "a2-full")])
def test_an_interrupted_capture_goes_on_where_it_stopped(size, part, tmp_path):
    few = options(size, n_epochs=0.12)
    whole = capture([pair()], few)
    with pytest.raises(KeyboardInterrupt):
        capture([pair()], few, None, interrupt(part, 2), tmp_path)
    looks = []
    other_name = replace(few, gear=replace(few.gear, name="another"), n_threads=2)
    resumed = capture([pair()], other_name, None, looks.append, tmp_path)
    assert {look.part for look in looks if look.curve} == {part}
    shares = [look.share for look in looks]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    for mine, other in zip(resumed.learned, whole.learned, strict=True):
        np.testing.assert_array_equal(mine.nam.weights, other.nam.weights)
        assert mine.esr == other.esr
        assert other.n_epochs >= few.n_epochs
    with pytest.raises(CaptureError, match="is of other takes or options"):
        capture([pair("clean")], few, resume_at=tmp_path)


def test_a_run_that_cannot_be_kept_goes_on_and_says_so_once(tmp_path):
    (tmp_path / "file").write_text("mine")
    looks = []
    done = capture([pair()], options("nano", n_epochs=0.05), None, looks.append, tmp_path / "file" / "kept")
    (finding,) = [finding for look in looks for finding in look.findings]
    assert (finding.code, finding.severity) == ("not-kept", "warning")
    assert "nano.npz cannot be written to" in finding.message
    assert len(done.best.curve) > 1


def learned(*curve: tuple[float, float]) -> Capture:
    """What came of a network with these seconds and errors."""
    moments = tuple(Moment(seconds, 10 * index, error) for index, (seconds, error) in enumerate(curve, 1))
    one = Learned("nano", fresh_nam("nano", 48000, 0), moments, 1.0, False)
    return Capture((one,), (), (), None, options("nano"), 0.0)


def test_a_take_that_was_learned_by_heart_is_told():
    known = learned((30.0, 0.2), (60.0, 0.1), (180.0, 0.11), (360.0, 0.13))
    (finding,) = known.findings
    assert (finding.code, finding.severity) == ("little-to-learn-from", "warning")
    assert finding.message == "the model was best after 1 of 6 minutes: record more, or more varied playing"
    assert known.minutes == 6


@pytest.mark.parametrize(
    "curve",
    [
        ((60.0, 0.1), (360.0, 0.115)),
        ((60.0, 0.2), (200.0, 0.1), (360.0, 0.2)),
        ((60.0, 0.2), (360.0, 0.1)),
        ((9.0, 1.0),),
    ],
    ids=["hardly worse", "late", "never worse", "one look"],
)
def test_a_take_that_still_taught_is_not(curve):
    assert learned(*curve).findings == ()


def test_with_knobs_the_large_network_of_a2_is_trained_alone():
    done = capture([pair("clean"), pair()], options("a2", n_epochs=0.02), PLAN)
    assert [one.name for one in done.learned] == ["a2-full"]
    assert [tuple(take.knobs) for take in done.takes] == [(np.float32(0.2),), (np.float32(0.8),)]


def test_takes_lie_on_each_other_at_48_khz():
    (take,) = capture([pair()], options("nano", n_epochs=0.01)).takes
    assert take.audio.size == take.truth.size == pytest.approx(12 * 48000, abs=1)
    spectra = (np.fft.rfft(one[48000:96000].astype(np.float64)) for one in (take.audio, take.truth))
    cross = np.fft.irfft(np.conj(next(spectra)) * next(spectra))
    # Its polarity is learned, not taken out.
    assert int(cross.argmin()) in (0, 1, cross.size - 1)
    assert -cross.min() > cross.max()


REFUSED = {
    "a muted take": (np.zeros(200000), "is silent"),
    "3 s": (recorded(driven(dry(3.0))), r"3\.0 s long.*record a minute or more"),
    "8 s": (None, r"the take is 8\.0 s long: at least 10 s are needed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_learned_from_is_one_line(name):
    reamped, message = REFUSED[name]
    di = dry(8.0 if reamped is None else 12.0)
    reamped = recorded(moved(driven(di), 10)) if reamped is None else reamped
    with pytest.raises(CaptureError, match=message) as caught:
        capture([(buffer(di), AudioBuffer(np.atleast_2d(reamped).astype(np.float32), 16000))], options("nano"))
    assert "\n" not in str(caught.value)


def test_each_pair_has_its_setting():
    for pairs, plan in (([pair()] * 2, None), ([pair()], PLAN), ([], None), ([pair()] * 3, PLAN)):
        with pytest.raises(OptionError, match="give each pair one --knob"):
            capture(pairs, options("nano"), plan)
    assert KnobPlan(("gain",), ((0.5,),)).default == (0.5,)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size": "huge"}, "size 'huge' is unknown: take one of nano, feather"),
        ({"minutes": 0.0}, "minutes is 0: give more than 0"),
        ({"n_epochs": -1.0}, "epochs is -1: give more than 0"),
        ({"minutes": 1.0, "n_epochs": 1.0}, "both minutes and epochs are given"),
        ({"device": "toaster"}, "device 'toaster' is unknown: take one of cpu, cuda"),
    ],
)
def test_what_cannot_be_asked_for_is_told(wrong, message):
    with pytest.raises(OptionError, match=message):
        CaptureOptions(**wrong)


def test_minutes_are_what_is_usual_for_the_size_unless_told():
    assert CaptureOptions("nano").seconds < CaptureOptions("standard").seconds
    assert CaptureOptions("nano", minutes=0.5).seconds == 30
