"""A bundle as it is written and as it runs: whole, by itself, and checked."""

import hashlib
import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from cli.deploy import OPENERS
from mixassist.errors import MixassistError, ModelError, OptionError
from mixassist.runtime.artifact import ModelCard, load_artifact
from mixassist.runtime.bundle.closure import house_modules, imports_of
from mixassist.runtime.bundle.credits import credit_line, credits_page
from mixassist.runtime.bundle.device.check import CANDIDATES, Verdict, check, main
from mixassist.runtime.bundle.device.golden_stream import FILE, GoldenStream, read_golden_stream
from mixassist.runtime.bundle.device.manifest import read_manifest
from mixassist.runtime.bundle.making import ENTRIES, BundleOptions, make_bundle
from mixassist.runtime.bundle.readme import readme
from mixassist.runtime.bundle.targets import TARGETS, find_target
from mixassist.runtime.doors.tensorrt_session import Plans

ON_A_DEVICE = {"numpy", "onnxruntime", "tensorrt", "tensorrt_rtx", "sounddevice"}

GUARDED = """
import runpy, sys

class Guard:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in {allowed}:
            raise ImportError(f"{{name}} is not on a device")

def no_network(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen"):
        raise RuntimeError(f"{{event}} on a stage")

sys.meta_path.insert(0, Guard())
sys.addaudithook(no_network)
sys.argv = ["check.py", "--engine", "onnxruntime"]
runpy.run_path({program!r}, run_name="__main__")
"""


def test_what_streams_need_imports_numpy_and_nothing_else():
    modules = house_modules([*ENTRIES, *(opener.partition(":")[0] for opener in OPENERS.values())])
    known = set(sys.stdlib_module_names) | ON_A_DEVICE | {"mixassist", "separation", "transfer", "amp_models"}
    odd = {name: {top for top in _tops(path) if top not in known} for name, path in modules.items()}
    assert {name: tops for name, tops in odd.items() if tops} == {}
    assert {"mixassist", "mixassist.runtime", "mixassist.audio.live_desk"} <= set(modules)
    assert not any(name.endswith((".net", ".training")) for name in modules)


def _tops(path):
    return {name.partition(".")[0] for name in imports_of(path)}


def test_only_modules_of_the_house_are_carried():
    with pytest.raises(ModelError, match="json is no module that a bundle can carry"):
        house_modules(["json"])


def test_it_plays_by_itself_and_gives_what_it_gave_here(made):
    """No package of ours but those it carries, no network, no other process."""
    allowed = ON_A_DEVICE - {"sounddevice"} | {"mixassist", "transfer"}
    words = GUARDED.format(allowed=allowed, program=str(made / "check.py"))
    done = subprocess.run(
        [sys.executable, "-P" if sys.version_info >= (3, 11) else "-I", "-B", "-c", words],
        cwd=made,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "all golden vectors are reproduced" in done.stdout


def test_every_file_is_known_by_its_sum(made):
    manifest = json.loads((made / "manifest.json").read_text())
    found = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert found - set(manifest["files"]) == {"manifest.json", "SHA256SUMS"}
    sums = dict(reversed(line.split("  ")) for line in (made / "SHA256SUMS").read_text().splitlines())
    assert sums == manifest["files"] | {
        "manifest.json": hashlib.sha256((made / "manifest.json").read_bytes()).hexdigest()
    }
    assert read_manifest(made).check_files() == len(manifest["files"])


def test_it_says_what_it_holds_and_whose_it_is(made):
    (model,) = json.loads((made / "manifest.json").read_text())["models"]
    assert (model["id"], model["rate"], model["channels"], model["tensorrt_refuses"]) == ("alto-sax", 48000, 1, {})
    assert model["network"]["opset"] >= 18
    assert all(state["start"] == 0 and state["shape"] for state in model["network"]["states"])
    assert "Karoryfer Samples" in (made / "CREDITS.md").read_text()
    readme = (made / "README.md").read_text()
    assert "@" not in readme
    assert "0. alto-sax" in readme


def test_a_device_takes_the_sixteen_bit_graph_that_lies_ready(made):
    artifact = load_artifact(made / "models" / "alto-sax")
    plans = Plans(SimpleNamespace(), artifact, "fp16", SimpleNamespace(), None)
    assert plans._graph() == artifact.file("model.fp16.onnx").read_bytes()
    assert len(plans._graph()) != artifact.file("model.onnx").stat().st_size


def test_a_damaged_file_is_one_line(bundle):
    with (bundle / "lib" / "mixassist" / "errors.py").open("a") as file:
        file.write("\n")
    with pytest.raises(ModelError, match=r"errors\.py is damaged: its sha256 starts"):
        read_manifest(bundle).check_files()


def test_a_stream_that_gives_something_else_is_wrong(bundle):
    path = bundle / "models" / "alto-sax" / FILE
    golden = read_golden_stream(path)
    GoldenStream(golden.heard, np.roll(golden.played, 1, axis=1)).write(path)
    (verdict,) = check(read_manifest(bundle), CANDIDATES[:1])
    assert not verdict.is_right
    assert "WRONG" in str(verdict)
    assert verdict.null_db <= verdict.limit_db


@pytest.mark.parametrize(
    ("words", "rig", "message"),
    [
        (["--engine", "abacus"], {}, "engine 'abacus' is unknown"),
        ([], {"models": ["alto-sax", "tuba"]}, "no model 'tuba': choose of alto-sax"),
        ([], {"settings": {"tuba": {}}}, "no model 'tuba': choose of alto-sax"),
    ],
)
def test_what_cannot_be_played_is_refused_before_it_is_checked(made, tmp_path, words, rig, message):
    path = tmp_path / "rig.json"
    path.write_text(json.dumps(rig))
    with pytest.raises(MixassistError, match=message):
        main(read_manifest(made), [*words, "--rig", str(path)])


def test_an_engine_that_is_not_here_is_no_failure():
    verdict = Verdict("alto-sax", CANDIDATES[2], error="tensorrt is not installed", is_absent=True)
    assert "WRONG" not in str(verdict)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read"),
        ('{"schema": 99}', "has schema 99, these programs read 1"),
        ('{"schema": 1}', "lacks bundle, engines, files, models"),
        (
            '{"schema": 1, "bundle": {}, "engines": {}, "files": {}, "models": [{}]}',
            "names models without changes_rate",
        ),
    ],
)
def test_a_manifest_that_is_none_is_one_line(tmp_path, text, message):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ModelError, match=message):
        read_manifest(tmp_path)


def test_no_name_leads_out_of_the_bundle(tmp_path):
    told = {"schema": 1, "bundle": {}, "models": [], "engines": {}, "files": {"../evil": ""}}
    (tmp_path / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(ModelError, match="lies outside the bundle"):
        read_manifest(tmp_path).check_files()


def test_what_cannot_be_made_is_refused(tmp_path):
    options = BundleOptions(find_target("jetson"))
    with pytest.raises(OptionError, match="no model is given"):
        make_bundle([], tmp_path / "new", options)
    twin = SimpleNamespace(id="amp")
    with pytest.raises(OptionError, match="two models are called amp"):
        make_bundle([twin, twin], tmp_path / "new", options)
    with pytest.raises(OptionError, match="exists and is no bundle"):
        make_bundle([twin], tmp_path, options)
    with pytest.raises(OptionError, match="choose of jetson, linux-x86, raspberry-pi"):
        find_target("commodore")


def test_every_target_has_its_own_files():
    for target in TARGETS.values():
        names = {path.name for folder in target.folders for path in folder.rglob("*")}
        assert {"install.sh", "doctor.sh", "power.sh", "Dockerfile", "mixassist.service"} <= names
        assert any(name.startswith("requirements") for name in names)


def test_the_page_of_credits_names_whoever_is_known():
    makers = [{"modeled_by": "Steve"}, {"name": "Ann", "role": "sang", "share": 0.5}]
    page = credits_page({"amp": ModelCard("amp", "CC BY 4.0", {}, makers), "mute": ModelCard("mute", "its author's")})
    assert "- Steve\n" in page
    assert "- Ann, sang, 50 % of the sound" in page
    assert "Its maker names no sources." in page
    assert "- CC BY 4.0: https://creativecommons.org/licenses/by/4.0/" in page
    assert page.endswith("- any other: ask the one who is named with it\n")
    assert credit_line("amp", ModelCard("amp", "MIT", {}, makers)) == "amp: MIT; sound of Steve; Ann"


def test_the_readme_says_where_wheels_come_from():
    page = readme(["amp"], find_target("jetson"), "somebody")
    assert "--platform manylinux2014_aarch64" in page
    assert "--python-version 3.10 -r requirements-jp6.txt" in page
    assert "--python-version 3.12 -r requirements-jp7.txt" in page
