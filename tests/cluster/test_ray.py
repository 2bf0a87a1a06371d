"""`--cluster` on Ray itself; `make test-cluster` runs it. Ray is not among what `make` installs: 250 MB, and its eight
processes give up where they do not all start within half a minute, as on a machine that is busy with other tests.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import ROOT

pytest.importorskip("ray", reason="needs Ray: make test-cluster")

RATE = 44100
LONG_S = 40
"""Long enough for a worker to be caught in the middle of it."""
PATIENCE_S = 300


@pytest.fixture
def start(tmp_path):
    """Starts `mixassist ... --cluster local` with two workers; sockets are Ray's, in processes of its own."""
    short = tempfile.mkdtemp(prefix="ray-", dir="/tmp")  # paths of sockets have 107 letters at most
    places = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))  # Ray may be in the second
    environment = {**os.environ, "RAY_TMPDIR": short, "RAY_AUTH_MODE": "disabled", "PYTHONPATH": places}
    running = []

    # What is started in the background of a script has Ctrl-C ignored, and so have its children.
    heeding = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from cli.app import main; main()"
    )

    def run(*words):
        command = [sys.executable, "-c", heeding, *map(str, words), "--cluster", "local", "--json"]
        running.append(
            subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
            )
        )
        return running[-1]

    yield run
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()
    shutil.rmtree(short, ignore_errors=True)


@pytest.fixture
def songs(tmp_path, rng):
    """Two short songs, a long one between them, and one that is no song."""
    folder = tmp_path / "songs"
    folder.mkdir()
    for name, seconds in (("a", 1), ("b", LONG_S), ("c", 1)):
        soundfile.write(folder / f"{name}.wav", rng.uniform(-0.3, 0.3, (seconds * RATE, 2)), RATE)
    (folder / "bad.wav").write_text("no sound in here")
    return folder


def worker_on(folder, command):
    """The process that writes into the folder for a command; waits for it, while the command runs."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        time.sleep(0.05)
        if command.poll() is not None:
            pytest.fail(f"nobody began with {folder}: exit code {command.returncode}, {command.communicate()[1]}")
        if not folder.is_dir() or not any(folder.iterdir()):
            continue  # looking into all processes takes a core that they need
        for process in Path("/proc").glob("[0-9]*"):
            if has_open_in(process, folder):
                return int(process.name)
    raise TimeoutError(f"nobody began with {folder}")


def has_open_in(process, folder):
    try:
        return any(opened.readlink().is_relative_to(folder) for opened in (process / "fd").iterdir())
    except OSError:  # it ended, or closed the file
        return False


def test_a_killed_worker_costs_no_song_and_a_poisoned_one_is_a_line(start, songs, tmp_path):
    process = start("separate", "songs", "-o", "out", "--model", "lite", "--engine", "onnxruntime", "--jobs", 2)
    os.kill(worker_on(tmp_path / "out" / "b", process), signal.SIGKILL)
    out, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2, said
    told = json.loads(out)
    assert [song["song"] for song in told["songs"]] == ["a.wav", "b.wav", "c.wav"]
    assert [failure["song"] for failure in told["failures"]] == ["songs/bad.wav"]
    workers = told["cluster"]["workers"]
    assert [worker["died"] for worker in workers].count(True) == 1
    assert all(worker["peak_memory_mb"] > 10 for worker in workers if worker["done"])
    assert [line for line in said.splitlines() if line.startswith("mixassist: ")] == [
        line for line in said.splitlines() if "bad.wav" in line
    ]
    song, _ = soundfile.read(songs / "b.wav")
    whole = (tmp_path / "out" / "b").glob("[!.]*.wav")  # who was killed leaves hidden parts
    stems = [soundfile.read(path)[0] for path in whole]
    assert np.abs(np.sum(stems, axis=0) - song).max() < 1e-6


def test_ctrl_c_leaves_nothing_half_done(start, songs, tmp_path):
    process = start("separate", songs / "b.wav", "-o", "out", "--model", "lite", "--engine", "onnxruntime")
    worker_on(tmp_path / "out" / "b", process)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, said
    assert json.loads(out)["interrupted"]
    assert not list((tmp_path / "out" / "b").glob("*"))
