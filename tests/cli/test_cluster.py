"""`--cluster` with a stand-in for Ray; tests/cluster runs it on Ray itself."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cli.cluster import ClusterOptions, Shares, share_out
from cli.ray_crew import Machines, threads_each
from separation.separator import Separator
from tests import fake_ray

RATE = 44100


@pytest.fixture
def ray(monkeypatch):
    return fake_ray.install(monkeypatch)


@pytest.fixture
def songs(tmp_path, rng, monkeypatch):
    """Three tiny songs in the folder one is in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "songs").mkdir()
    for name in "abc":
        soundfile.write(tmp_path / "songs" / f"{name}.wav", rng.uniform(-0.3, 0.3, (RATE // 4, 2)), RATE)
    return tmp_path / "songs"


@pytest.fixture
def separate(mixassist, tiny_htdemucs, songs, ray):
    """`mixassist separate songs --cluster local` from the folder that `songs` is in."""
    model = ("--model", tiny_htdemucs.path, "--engine", "onnxruntime", "--stems", "drums", "-o", "out")
    return lambda *words: mixassist("separate", "songs", *model, "--cluster", "local", *words)


def test_one_report_as_from_one_machine(separate, songs, ray, mixassist, tiny_htdemucs):
    outcome = separate("--json")
    assert outcome.code == 0
    told = outcome.json
    assert [song["song"] for song in told["songs"]] == ["a.wav", "b.wav", "c.wav"]
    assert [song["folder"] for song in told["songs"]] == ["out/a", "out/b", "out/c"]
    workers = told["cluster"]["workers"]
    assert len(workers) == 2
    assert sum(worker["done"] for worker in workers) == 3
    assert all(worker["peak_memory_mb"] > 1 and str(os.getpid()) in worker["place"] for worker in workers)
    assert not ray.is_running
    again = separate("--json").json
    assert all(song["resumed"] for song in again["songs"]), "what a cluster did is done"


def test_a_poisoned_song_is_one_line_and_a_killed_worker_costs_none(separate, songs, ray, monkeypatch):
    (songs / "bad.wav").write_text("no sound in here")
    run = Separator.separate_file
    deaths = []

    def die_once(self, path, folder, on_progress):
        if path.name == "b.wav" and not deaths:
            deaths.append(path)
            raise fake_ray.Killed
        return run(self, path, folder, on_progress)

    monkeypatch.setattr(Separator, "separate_file", die_once)
    outcome = separate("--json")
    assert outcome.code == 2
    assert [song["song"] for song in outcome.json["songs"]] == ["a.wav", "b.wav", "c.wav"]
    assert [failure["song"] for failure in outcome.json["failures"]] == ["songs/bad.wav"]
    assert len(outcome.error_lines) == 1
    assert [worker["died"] for worker in outcome.json["cluster"]["workers"]].count(True) == 1
    assert "1 died and what they had in hand went to others" in outcome.err


def test_a_bug_is_the_songs_line_and_the_others_go_on(separate, monkeypatch):
    run = Separator.separate_file

    def divide(self, path, folder, on_progress):
        return 1 / 0 if path.name == "b.wav" else run(self, path, folder, on_progress)

    monkeypatch.setattr(Separator, "separate_file", divide)
    outcome = separate("--json")
    assert outcome.code == 2
    assert "this is a bug of mixassist: ZeroDivisionError" in outcome.json["failures"][0]["error"]
    assert len(outcome.json["songs"]) == 2


def test_ctrl_c_keeps_what_is_done_and_stops_who_works(separate, ray, songs, monkeypatch):
    wait, waits = ray.wait, []

    def interrupted(references, num_returns, timeout):
        waits.append(timeout)
        if len(waits) == 6:
            raise KeyboardInterrupt
        return wait(references, num_returns, timeout)

    monkeypatch.setattr(ray, "wait", interrupted)
    outcome = separate("--json")
    assert outcome.code == 130
    assert outcome.json["interrupted"]
    assert 1 <= len(outcome.json["songs"]) <= 2
    assert ray.killed == 2
    assert not ray.is_running


def test_a_worker_that_never_comes_ends_nothing(separate, ray, songs, monkeypatch):
    monkeypatch.setattr("cli.ray_crew.ARRIVAL_S", 0.0)
    (songs / "bad.wav").write_text("no sound in here")  # waits for another one to try it
    ray.n_places = 1
    outcome = separate("--json")
    assert outcome.code == 2
    assert [song["song"] for song in outcome.json["songs"]] == ["a.wav", "b.wav", "c.wav"]
    assert [failure["song"] for failure in outcome.json["failures"]] == ["songs/bad.wav"]
    assert [worker["done"] for worker in outcome.json["cluster"]["workers"]] == [3, 0]


def test_nobody_who_comes_is_one_line(separate, ray, monkeypatch):
    monkeypatch.setattr("cli.ray_crew.ARRIVAL_S", 0.0)
    ray.n_places = 0
    outcome = separate()
    assert (outcome.code, len(outcome.error_lines)) == (2, 1)
    assert "no worker came within 0 s" in outcome.error_lines[0]


def test_a_model_is_where_it_is_seen_from_here(separate, tiny_htdemucs, songs, monkeypatch):
    opened = []
    init = Separator.__init__

    def remember(self, options, *words):
        opened.append(Path(options.model))
        init(self, options, *words)

    monkeypatch.setattr(Separator, "__init__", remember)
    assert separate("--model", os.path.relpath(tiny_htdemucs.path)).code == 0
    assert opened[-1].is_absolute()
    assert opened[-1].samefile(tiny_htdemucs.path)


def test_processes_of_ray_that_do_not_start_are_one_line(mixassist, songs, ray, monkeypatch):
    def give_up(address, **settings):
        raise Exception("The current node timed out during startup.")  # the class that Ray raises

    monkeypatch.setattr(ray, "init", give_up)
    outcome = mixassist("inspect", "songs", "--cluster", "local")
    assert (outcome.code, len(outcome.error_lines)) == (2, 1)
    assert "try again when this machine is less busy" in outcome.error_lines[0]


def test_ctrl_c_while_a_cluster_starts_is_an_interruption(mixassist, songs, ray, monkeypatch):
    def interrupt(address, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(ray, "init", interrupt)
    outcome = mixassist("dereverb", "songs", "-o", "dry", "--json", "--cluster", "local")
    assert outcome.code == 130
    assert outcome.json["interrupted"]


def test_inspect_tells_the_same_from_a_cluster(mixassist, songs, ray):
    (songs / "bad.wav").write_text("no sound in here")
    here = mixassist("inspect", "songs", "--json")
    there = mixassist("inspect", "songs", "--json", "--cluster", "local")
    assert there.code == here.code == 2
    assert there.json["songs"] == here.json["songs"]
    assert there.json["failures"] == [{**here.json["failures"][0], "error": there.json["failures"][0]["error"]}]
    assert mixassist("inspect", songs / "a.wav", "--cluster", "local").out.startswith(f"{songs / 'a.wav'}: 0.2 s")


def test_dereverb_tells_the_same_from_a_cluster(mixassist, songs, ray):
    outcome = mixassist("dereverb", "songs", "-o", "dry", "--json", "--cluster", "local", "--method", "wpe")
    assert outcome.code == 0
    assert [told["recording"] for told in outcome.json["recordings"]] == ["a.wav", "b.wav", "c.wav"]
    dry, _ = soundfile.read("dry/a.dry.wav")
    assert dry.shape == (RATE // 4, 2)
    assert np.isfinite(dry).all()
    assert sum(worker["done"] for worker in outcome.json["cluster"]["workers"]) == 3


@pytest.mark.parametrize(
    ("address", "message"),
    [("somewhere", "is no address: give HOST:PORT"), ("127.0.0.1:6379", "no cluster answers at 127.0.0.1:6379")],
)
def test_an_unreachable_cluster_is_one_line(mixassist, songs, ray, monkeypatch, address, message):
    def refuse(place, timeout):
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(socket, "create_connection", refuse)
    outcome = mixassist("inspect", "songs", "--cluster", address)
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert message in outcome.error_lines[0]


def test_what_answers_and_is_no_cluster_is_one_line(mixassist, songs, ray, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda place, timeout: socket.socketpair()[0])
    outcome = mixassist("inspect", "songs", "--cluster", "10.0.0.1:80")
    assert (outcome.code, len(outcome.error_lines)) == (2, 1)
    assert "cannot be joined (Could not find any running Ray instance at 10.0.0.1:80.)" in outcome.error_lines[0]


def test_without_ray_it_says_what_to_install(mixassist, songs, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    outcome = mixassist("inspect", "songs", "--cluster", "local")
    assert outcome.code == 2
    assert "pip install 'mixassist[cluster]'" in outcome.error_lines[0]


@pytest.mark.parametrize(
    ("n_cores", "n_workers", "n_threads"),
    [((4,), 4, 1), ((4,), 2, 2), ((4,), 1, 4), ((4, 4), 3, 2), ((6, 6), 2, 6), ((2,), 5, 1), ((), 1, 1)],
)
def test_workers_get_as_many_threads_as_leave_each_a_place(n_cores, n_workers, n_threads):
    assert threads_each(n_cores, n_workers) == n_threads


@pytest.mark.parametrize(
    ("machines", "options", "n_items", "shares"),
    [
        (Machines((8,), 0), ClusterOptions("auto"), 100, Shares(8, 1, 0.0)),
        (Machines((8,), 0), ClusterOptions("auto"), 3, Shares(3, 2, 0.0)),
        (Machines((8,), 0), ClusterOptions("auto", 2), 100, Shares(2, 4, 0.0)),
        (Machines((8,), 0), ClusterOptions("auto", 2, 2), 100, Shares(2, 1, 0.0)),
        (Machines((8,), 0), ClusterOptions("auto", 99), 100, Shares(8, 1, 0.0)),
        (Machines((16, 16), 2), ClusterOptions("auto"), 100, Shares(2, 16, 1.0)),
        (Machines((16,), 1), ClusterOptions("auto", 3), 100, Shares(3, 5, 1 / 3)),
    ],
)
def test_how_a_cluster_is_shared_out(machines, options, n_items, shares):
    assert share_out(machines, options, n_items) == shares
