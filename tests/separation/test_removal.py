"""The frame of removals, with a stream that finds an echo of nothing but a delay of its own."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
from mixassist.errors import AudioError
from separation.job_report import earlier_files, finished
from separation.removal import Removal, RemovalJob, remove, remove_from_file
from separation.removal_cascade import Cascade
from separation.removal_picture import MAX_COLUMNS, RemovalPicture
from separation.removal_report import RemovalReport
from tests.signals import noise


class Half:
    """Finds half of the sound, `latency_samples` late."""

    def __init__(self, n_channels, latency_samples=100):
        self.latency_samples = latency_samples
        self.waiting = np.zeros((n_channels, 0), np.float32)

    def process(self, block):
        self.waiting = np.concatenate([self.waiting, block / 2], axis=1)
        n_ready = max(self.waiting.shape[1] - self.latency_samples, 0)
        ready, self.waiting = np.split(self.waiting, [n_ready], axis=1)
        return ready

    def finish(self):
        return self.waiting


def in_blocks(stream, sound, cut):
    """Everything found, and how late it came at most."""
    found, late = [], 0
    for first in range(0, sound.shape[1], cut):
        found.append(stream.process(sound[:, first : first + cut]))
        late = max(late, first + cut - sum(part.shape[1] for part in found))
    return np.concatenate([*found, stream.finish()], axis=1), late


@pytest.fixture
def job(tmp_path):
    write_audio(tmp_path / "take.wav", AudioBuffer(noise(9001), 8000), Encoding("wav", "16"))
    names = {part: tmp_path / part for part in ("kept.wav", "taken.wav", "report.json")}
    return RemovalJob(tmp_path / "take.wav", *names.values(), settings={"strength": 1.0})


def run(job):
    return remove_from_file(job, lambda info: Removal(Half(info.n_channels)))


def test_what_is_kept_and_what_is_taken_sum_to_the_recording():
    sound = AudioBuffer(noise(5000), 8000)
    removed = remove(sound, Half(2), 0.5)
    np.testing.assert_allclose(removed.kept.samples, 0.75 * sound.samples, atol=1e-7)
    np.testing.assert_allclose(removed.kept.samples + removed.taken.samples, sound.samples, atol=1e-7)
    assert removed.to_dict() == {"rate": 8000, "n_channels": 2, "frames": 5000}


def test_at_strength_zero_the_recording_itself_is_kept():
    sound = AudioBuffer(noise(5000), 8000)
    np.testing.assert_array_equal(remove(sound, Half(2), 0.0).kept.samples, sound.samples)


def test_files_sum_to_the_recording_bit_for_bit_and_the_report_says_how_much(job):
    report = run(job)
    kept, taken, whole = (read_audio(path).samples for path in (job.kept, job.taken, job.recording))
    np.testing.assert_array_equal(kept + taken, whole)
    assert report.taken_db == pytest.approx(-6.02, abs=0.01)
    assert (report.frames, report.n_channels, report.sample_rate) == (9001, 2, 8000)
    assert set(report.files) == {"kept.wav", "taken.wav"}


def test_rounding_is_nothing_taken(job):
    class Faint(Half):
        def process(self, block):
            return super().process(np.full_like(block, 1e-12))

    write_audio(job.recording, AudioBuffer(np.eye(2, 9001, dtype=np.float32), 8000), Encoding("wav", "32f"))
    report = remove_from_file(job, lambda info: Removal(Faint(info.n_channels)))
    assert read_audio(job.taken).samples.any()
    assert report.taken_db is None


def test_a_finished_job_is_known_again_until_something_changes(job):
    assert finished(job, RemovalReport) is None
    report = run(job)
    assert finished(job, RemovalReport) == report
    job.taken.write_bytes(b"short")
    assert finished(job, RemovalReport) is None
    run(job)
    write_audio(job.recording, AudioBuffer(noise(9001, seed=9), 8000), Encoding("wav", "16"))
    assert finished(job, RemovalReport) is None


@pytest.mark.parametrize("files", [None, ["kept.wav"], {"../kept.wav": 1}])
def test_a_report_that_is_none_finishes_nothing(job, files):
    run(job)
    damaged = json.loads(job.report.read_text()) | {"files": files}
    for report in ({}, damaged):
        job.report.write_text(json.dumps(report))
        assert finished(job, RemovalReport) is None
        assert earlier_files(job, RemovalReport) == ()


def test_what_cannot_be_read_leaves_nothing_and_an_earlier_result_whole(job):
    run(job)
    job.recording.write_bytes(b"RIFF")
    with pytest.raises(AudioError):
        run(job)
    assert job.kept.exists()
    assert job.report.exists()


def test_a_picture_shows_any_length_in_as_many_columns(tmp_path):
    picture = RemovalPicture(8000)
    for _ in range(50):
        block = noise(8000)
        picture.watch(block, block / 2)
    picture.write(tmp_path / "picture.png", lambda axis: axis.plot([0, 1]))
    assert picture.n_columns <= MAX_COLUMNS
    assert (tmp_path / "picture.png").read_bytes()[:4] == b"\x89PNG"


def test_silence_is_dark_in_a_picture(tmp_path):
    from matplotlib.image import imread

    brightness = []
    for level in (0.0, 0.5):
        picture = RemovalPicture(8000)
        picture.watch(level * noise(8000), np.zeros((2, 8000), np.float32))
        picture.write(tmp_path / "picture.png")
        image = imread(tmp_path / "picture.png")[..., :3]
        brightness.append(image[len(image) // 6, image.shape[1] // 2].max())
    assert brightness[0] < 0.1 < 0.5 < brightness[1]


def test_a_picture_of_next_to_nothing_is_one(tmp_path):
    picture = RemovalPicture(44100)
    picture.watch(noise(10, 1), noise(10, 1))
    picture.write(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 1000


@pytest.mark.parametrize("cut", [1, 700, 5000])
def test_a_cascade_finds_in_the_rest_what_the_first_left(cut):
    sound = noise(3000)
    stream = Cascade(Half(2, 300), Half(2, 70), Half(2, 0))
    found, late = in_blocks(stream, sound, cut)
    np.testing.assert_allclose(found, 0.875 * sound, atol=1e-7)
    assert late - cut <= stream.latency_samples == 370
