"""The verb of this room: songs into stems.

Task: `Separator` holds an open model and separates one song after the other, from file to files in blocks, or from
buffer to buffers.

Conventions: outputs have the input's rate, channels, frames and time position; stems + residual = input. Samples are
never rescaled.

References: demucs 4.1.0 for normalisation, chunking and shifts (see `separation.chunks`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.files import read_blocks
from mixassist.audio.writer import Encoding
from mixassist.errors import AudioError
from mixassist.runtime.artifact import file_sha256
from mixassist.runtime.memory import peak_memory_mb
from separation.catalogue import FoundModel, Notify, find_model, open_model
from separation.lanes import Lane, plan_lanes, total_frames
from separation.live.lane import LiveNetwork
from separation.model import SourceModel
from separation.options import SeparationOptions
from separation.report import REPORT_NAME, SeparationReport, is_still_valid, read_report, write_report
from separation.song_stream import SongStream
from separation.stem_files import RESIDUAL, StemFiles
from separation.survey import Level, Survey, measure_level, survey_file


@dataclass(frozen=True)
class SongProgress:
    """How far a song is: seconds of it, and chunks over all networks and shifts."""

    done_s: float
    total_s: float
    n_chunks_done: int
    n_chunks: int


OnProgress = Callable[[SongProgress], None]


def _ignore_progress(progress: SongProgress) -> None:
    pass


@dataclass(frozen=True)
class Stems:
    """Stems of a buffer by name, and the residual that completes them to it."""

    stems: dict[str, AudioBuffer]
    residual: AudioBuffer

    def to_dict(self) -> dict[str, Any]:
        return {"stems": list(self.stems), "rate": self.residual.rate, "frames": self.residual.n_frames}


class Separator:
    """Separates songs with one model, which is found at once and opened when the first song needs it."""

    def __init__(self, options: SeparationOptions, notify: Notify = lambda message: None) -> None:
        self.options = options
        self.found: FoundModel = find_model(options.model, options.named_stems, notify)
        self.wanted = options.wanted_stems(self.found.name, self.found.stems)
        self._notify = notify
        self._model: SourceModel | None = None

    @property
    def model(self) -> SourceModel:
        """The open model."""
        if self._model is None:
            options = self.options
            self._model = open_model(self.found, options.engine, options.precision, options.n_threads, self._notify)
        return self._model

    def measure_engines(self) -> None:
        """Finds the engine for this machine, which is remembered for every process, without keeping the model open."""
        _ = self.model
        self._model = None

    def separate(self, song: AudioBuffer, on_progress: OnProgress = _ignore_progress) -> Stems:
        """Stems and residual of a buffer.

        Raises:
            AudioError: when the song has more than two channels.
        """
        if song.n_channels > 2:
            raise AudioError(f"the song has {song.n_channels} channels: fold it down to stereo or mono first")
        level = measure_level([song.samples], song.rate, self.model.rate)
        lanes = plan_lanes(self.model, self.wanted, level.n_frames, self.options.lanes)
        stream = self._stream(lanes, level, song.rate)
        counter = _counter(lanes, song.seconds, on_progress)
        parts = [stems for _, stems in stream.run([song.samples], counter)]
        stems = np.concatenate(parts, axis=-1)
        buffers = {name: AudioBuffer(stem, song.rate) for name, stem in zip(self.wanted, stems, strict=True)}
        return Stems(buffers, AudioBuffer(song.samples - stems.sum(axis=0), song.rate))

    def finished(self, path: Path, folder: Path) -> SeparationReport | None:
        """The report of an earlier run with the same input, model and settings whose files are all still there."""
        report = read_report(folder)
        if report is None or not path.is_file():
            return None
        try:
            wanted = {
                "model_sha256": self.found.sha256,
                "settings": self._settings(),
                "input_sha256": file_sha256(path),
            }
        except OSError:  # reading it as a song will say what is wrong
            return None
        return report if is_still_valid(folder, report, wanted) else None

    def separate_file(self, path: Path, folder: Path, on_progress: OnProgress = _ignore_progress) -> SeparationReport:
        """Writes the stems of the song at `path`, its residual and separation.json into `folder`.

        Raises:
            AudioError: when the song cannot be read or the stems cannot be written; nothing is left under a final name.
        """
        survey = survey_file(path, self.found.rate)
        encoding = self.options.encoding_for(survey.info)
        _ = self.model  # opened only for a song that can be read, and not counted in the song's time
        begin = time.perf_counter()
        earlier = read_report(folder)
        files = self._write_stems(survey, folder, encoding, on_progress)
        self._remove_stale(folder, earlier, files.paths)
        report = self._report(survey, files, time.perf_counter() - begin)
        write_report(folder, report)
        return report

    def _write_stems(self, survey: Survey, folder: Path, encoding: Encoding, on_progress: OnProgress) -> StemFiles:
        lanes = plan_lanes(self.model, self.wanted, survey.level.n_frames, self.options.lanes)
        stream = self._stream(lanes, survey.level, survey.info.rate)
        counter = _counter(lanes, survey.info.seconds, on_progress)
        with StemFiles(folder, self.wanted, survey.info, encoding, self._rest_name) as files:
            for mix, stems in stream.run(read_blocks(survey.info.path), counter):
                files.write(mix, stems)
            files.finish()
            # From here on new stems take their names: an earlier report must not vouch for them.
            (folder / REPORT_NAME).unlink(missing_ok=True)
        return files

    def _stream(self, lanes: list[Lane], level: Level, rate: int) -> SongStream:
        """The way of a song of this level and rate; a live network, which cannot know the level, hears it as it is."""
        is_live = any(isinstance(member.network, LiveNetwork) for member in self.model.members)
        heard = replace(level, mean=0.0, deviation=1.0) if is_live else level
        return SongStream(lanes, heard, rate, self.model.rate)

    def output_paths(self, folder: Path) -> list[Path]:
        """All files that separating a song into `folder` may write."""
        names = [f"{name}.{self.options.container}" for name in (*self.wanted, self._rest_name)]
        return [folder / name for name in (*names, REPORT_NAME)]

    def _remove_stale(self, folder: Path, earlier: SeparationReport | None, written: Sequence[Path]) -> None:
        """Removes what an earlier run left in the folder: with it, the files would no longer sum to the song."""
        old = {folder / name for name in earlier.files} if earlier is not None else set()
        for path in old.union(self.output_paths(folder)).difference(written):
            path.unlink(missing_ok=True)

    @property
    def _rest_name(self) -> str:
        return RESIDUAL if self.options.two_stems is None else f"no_{self.options.two_stems}"

    def _settings(self) -> dict[str, Any]:
        """The choices that decide the output, as plain JSON."""
        options, lanes = self.options, self.options.lanes
        return {
            "stems": list(self.wanted),
            "rest": self._rest_name,
            "format": options.container,
            "bit_depth": options.bit_depth,
            "engine": options.engine,
            "precision": options.precision,
            "overlap": lanes.overlap,
            "shifts": lanes.shifts,
            "seed": lanes.seed,
        }

    def _report(self, survey: Survey, files: StemFiles, elapsed_s: float) -> SeparationReport:
        session = self.model.members[0].network.session
        return SeparationReport(
            song=survey.info.path.name,
            input_sha256=survey.sha256,
            model=self.found.name,
            model_sha256=self.found.sha256,
            engine=session.engine,
            precision=session.precision,
            device=session.device,
            sample_rate=survey.info.rate,
            n_channels=survey.info.n_channels,
            frames=survey.info.n_frames,
            seconds=round(elapsed_s, 3),
            times_real_time=round(survey.info.seconds / elapsed_s, 3),
            peak_memory_mb=peak_memory_mb(),
            sum_error_db=files.sum_error_db,
            settings=self._settings(),
            files={path.name: path.stat().st_size for path in files.paths},
            findings=(*survey.findings, *files.findings()),
        )


def separate(song: AudioBuffer, options: SeparationOptions | None = None) -> Stems:
    """Stems and residual of a buffer; open a `Separator` to separate many."""
    return Separator(options or SeparationOptions()).separate(song)


def separate_file(path: Path | str, folder: Path | str, options: SeparationOptions | None = None) -> SeparationReport:
    """The report of the song at `path` separated into files in `folder`; open a `Separator` to separate many."""
    return Separator(options or SeparationOptions()).separate_file(Path(path), Path(folder))


def _counter(lanes: list[Lane], total_s: float, on_progress: OnProgress) -> Callable[[int], None]:
    """Turns the chunks that single lanes finish into progress of the song."""
    n_done, n_total = 0, total_frames(lanes)
    n_chunks_done, n_chunks = 0, sum(len(lane.plan) for lane in lanes)

    def count(n_frames: int) -> None:
        nonlocal n_done, n_chunks_done
        n_done += n_frames
        n_chunks_done += 1
        on_progress(SongProgress(total_s * n_done / n_total, total_s, n_chunks_done, n_chunks))

    return count
