"""The real download path, against a hub on this machine: separate processes, the hub's own client and cache."""

import json
import os
import subprocess
import sys
import time

import pytest

from mixassist.errors import ModelError
from separation.hub import repository
from tests.conftest import ROOT
from tests.demucs_models import hdemucs, write_bag
from tests.fake_hub import running_hub

CLOSED = "http://127.0.0.1:9"
"""The discard port: nothing listens there."""

AT_ONCE_S = 20
"""Less than the client waits in its five retries (1 + 2 + 4 + 8 + 8 s), more than a command on a busy machine takes."""


@pytest.fixture
def hub(tmp_path, socket_enabled):
    write_bag(tmp_path / "served" / "adefossez" / "Demucs-hdemucs_mmi", "hdemucs_mmi", [hdemucs()])
    with running_hub(tmp_path / "served") as (address, handler):
        yield address, handler


@pytest.fixture
def fetch(tmp_path):
    def run(address, *words):
        environment = {
            **os.environ,
            "HF_ENDPOINT": address,
            "HF_HOME": str(tmp_path / "hub"),
            "HF_HUB_DISABLE_XET": "1",
        }
        command = [sys.executable, "-m", "cli.app", "model", "fetch", "hdemucs_mmi", "--json", *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    return run


def test_a_model_is_fetched_once_and_then_found_offline(hub, fetch):
    fetched = fetch(hub[0])
    assert fetched.returncode == 0, fetched.stderr
    assert json.loads(fetched.stdout)["name"] == "hdemucs_mmi"
    again = fetch(CLOSED)
    assert again.returncode == 0, again.stderr
    assert again.stdout == fetched.stdout


def test_a_broken_download_goes_on_where_it_stopped(hub, fetch, tmp_path):
    """The hub's client writes pieces of 10 MiB, so it goes on after the last whole one."""
    address, handler = hub
    write_bag(tmp_path / "served" / "adefossez" / "Demucs-hdemucs_mmi", "hdemucs_mmi", [hdemucs(channels=24)])
    handler.n_bytes_before_break = 12_000_000
    fetched = fetch(address)
    assert fetched.returncode == 0, fetched.stderr
    assert handler.ranges == [f"bytes={10 * 2**20}-"]


def test_without_the_hub_the_cure_is_named_at_once(fetch):
    begin = time.perf_counter()
    refused = fetch(CLOSED)
    assert refused.returncode == 2
    assert time.perf_counter() - begin < AT_ONCE_S
    assert len(refused.stderr.splitlines()) == 1
    assert "--model lite" in refused.stderr
    assert "mixassist model fetch hdemucs_mmi" in refused.stderr


def test_a_model_the_hub_does_not_have_is_one_line(hub, fetch, tmp_path):
    (tmp_path / "served" / "adefossez" / "Demucs-hdemucs_mmi" / "hdemucs_mmi.yaml").unlink()
    refused = fetch(hub[0])
    assert refused.returncode == 2
    assert "hdemucs_mmi.yaml was not downloaded" in refused.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("htdemucs", ("adefossez/HTDemucs", "htdemucs")),
        ("htdemucs_ft", ("adefossez/HTDemucs-ft", "htdemucs_ft")),
        ("hdemucs_mmi", ("adefossez/Demucs-hdemucs_mmi", "hdemucs_mmi")),
        ("someone/htdemucs_6s", ("someone/HTDemucs-6s", "htdemucs_6s")),
    ],
)
def test_names_lead_where_demucs_would_go(name, expected):
    assert repository(name) == expected


@pytest.mark.parametrize("name", ["", "a/b/c", "my model", "../htdemucs/"])
def test_what_is_no_name_on_the_hub_is_refused(name):
    with pytest.raises(ModelError, match="expected hf://owner/name"):
        repository(name)
