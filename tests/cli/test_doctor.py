import shutil

import pytest

from cli.machine import n_cores
from mixassist.runtime.artifact import MANIFEST, Artifact
from mixassist.runtime.candidates import Candidate
from mixassist.runtime.choice import choose
from mixassist.runtime.doors.nvidia import Nvidia
from mixassist.runtime.engines import ENGINES, Engine, SessionOptions
from mixassist.runtime.measurement import Measurement
from separation.bags import Bag
from separation.catalogue import EMBEDDED, NETWORKS, _converted_folder, embedded_names, find_model, ready_artifacts


def test_doctor_tells_of_engines_cache_and_models(mixassist):
    facts = mixassist("doctor", "--json").json
    assert {"openvino", "onnxruntime", "torch"} <= set(facts["engines"])
    assert facts["machine"]["cores"] >= 1
    assert "folder" in facts["cache"]
    assert "htdemucs" in facts["models"]


def test_doctor_names_what_to_install(mixassist, monkeypatch):
    monkeypatch.setattr("mixassist.runtime.engines.find_spec", lambda package: None)
    assert "pip install openvino" in mixassist("doctor").out


def test_doctor_tells_why_there_is_no_gpu(mixassist, monkeypatch):
    for module in ("doors.nvidia", "engines"):
        monkeypatch.setattr(f"mixassist.runtime.{module}.why_no_nvidia", lambda: "no NVIDIA driver here: install it")
    monkeypatch.setattr("mixassist.runtime.doors.nvidia.probe_nvidia", lambda: None)
    monkeypatch.setattr("mixassist.runtime.engines.find_spec", lambda package: None)
    facts = mixassist("doctor", "--json").json
    assert facts["devices"]["nvidia gpu"] == "no NVIDIA driver here: install it"
    assert facts["engines"]["tensorrt"] == "not used: it needs an NVIDIA GPU"


def test_doctor_describes_a_gpu_and_what_its_engines_lack(mixassist, monkeypatch):
    gpu = Nvidia("Fake 100", "9.0", "580.1", "13.0")
    monkeypatch.setattr("mixassist.runtime.doors.nvidia.why_no_nvidia", lambda: None)
    monkeypatch.setattr("mixassist.runtime.doors.nvidia.probe_nvidia", lambda: gpu)
    monkeypatch.setattr("mixassist.runtime.choice.probe_nvidia", lambda: gpu)
    monkeypatch.setattr(Engine, "is_built_for_cuda", False)
    monkeypatch.setattr(Engine, "version", property(lambda self: None if self.name == "tensorrt" else "1.0"))
    facts = mixassist("doctor", "--json").json
    assert facts["devices"]["nvidia gpu"] == "Fake 100 (compute capability 9.0, driver 580.1, CUDA 13.0)"
    assert facts["engines"] == {
        "openvino": "1.0",
        "onnxruntime": "1.0, not built for CUDA: pip install onnxruntime-gpu in its place",
        "onnxruntime-tensorrt": (
            "1.0, not built for CUDA: pip install onnxruntime-gpu in place of onnxruntime, and TensorRT's libraries"
        ),
        "torch": "1.0, not built for CUDA: install a build for CUDA, see pytorch.org",
        "tensorrt": "not installed: pip install mixassist[tensorrt]",
    }


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """An empty cache of our own, and the hub's models that are on this machine, by name: none."""
    bags: dict[str, Bag] = {}
    monkeypatch.setenv("MIXASSIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("separation.catalogue.cached_bag", bags.get)
    return bags


def measure(candidate: Candidate, artifact: Artifact, options: SessionOptions) -> Measurement:
    """Two engines run, the others crash."""
    version = ENGINES[candidate.engine].version
    seconds = {"openvino": 0.25, "onnxruntime": 0.5}.get(candidate.engine)
    numbers = {"error": "crashed (SIGSEGV)"} if seconds is None else {"null_db": -99.0, "limit_db": -80.0}
    return Measurement(candidate.engine, candidate.precision, version, candidate.device, seconds=seconds, **numbers)


def choose_for(artifact: Artifact) -> None:
    options = SessionOptions("fp32", n_cores(), NETWORKS[artifact.spec.kind][1])
    choose(artifact, "auto", options, measure=measure)


@pytest.mark.usefixtures("hub")
def test_doctor_explains_what_auto_takes_and_measures_nothing(mixassist):
    unmeasured = {name: f"not measured yet: mixassist model check {name}" for name in embedded_names()}
    assert mixassist("doctor", "--json").json["what auto takes"] == unmeasured
    del unmeasured["lite"]
    choose_for(find_model("lite").artifacts[0])
    assert mixassist("doctor", "--json").json["what auto takes"] == unmeasured | {
        "lite on openvino fp32": "fastest: 250 ms per run, -99.0 dB from the reference",
        "lite on onnxruntime fp32": "slower: 500 ms per run, -99.0 dB from the reference",
        "lite on torch fp32": "crashed (SIGSEGV)",
    }


def test_doctor_explains_fetched_models_and_prepares_nothing(mixassist, hub, tmp_path):
    """lite, under two other names, is what is found in the place of demucs' converted weights."""
    weights = [tmp_path / f"{letter}.safetensors" for letter in "ab"]
    for path in weights:
        path.write_text(path.stem)
    hub["htdemucs"] = Bag("htdemucs", (weights[0],))
    hub["htdemucs_ft"] = Bag("htdemucs_ft", tuple(weights))

    def told(name):
        facts = mixassist("doctor", "--json").json["what auto takes"]
        return {key: value for key, value in facts.items() if key.split()[0] == name}

    assert told("htdemucs") == {"htdemucs": "not prepared yet: mixassist model fetch htdemucs"}
    for letter, path in zip("ab", weights, strict=True):
        folder = shutil.copytree(EMBEDDED / "lite", _converted_folder(path, None))
        manifest = (folder / MANIFEST).read_text()
        (folder / MANIFEST).write_text(manifest.replace('"name": "lite"', f'"name": "{letter}"'))
    assert told("htdemucs") == {"htdemucs": "not measured yet: mixassist model check htdemucs"}
    choose_for(ready_artifacts("htdemucs")[0])
    assert told("htdemucs")["htdemucs on openvino fp32"] == "fastest: 250 ms per run, -99.0 dB from the reference"
    assert told("htdemucs_ft").keys() == {
        f"htdemucs_ft {letter} on {engine} fp32" for letter in "ab" for engine in ("openvino", "onnxruntime", "torch")
    }
    assert told("htdemucs_6s") == {}
