from types import SimpleNamespace

import numpy as np
import pytest
import torch
from demucs.apply import BagOfModels, apply_model

from mixassist.errors import ModelError
from mixassist.runtime.engines import SessionOptions, open_engine
from separation.demucs_adapter import convert, load_network
from separation.hybrid import HybridNetwork
from separation.lanes import LaneOptions, plan_lanes, run_lanes
from separation.model import Member, SourceModel
from tests.demucs_models import SOURCES, hdemucs, htdemucs, write_safetensors, write_th
from tests.tolerances import DEMUCS_TORCH_DB, ENGINE_FP32_DB

BUILDER = "separation.demucs_adapter:build_core"


@pytest.fixture
def song(rng):
    return rng.standard_normal((2, 60000)).astype(np.float32)


def null_db(estimate, reference):
    return 10 * np.log10(np.sum((estimate - reference) ** 2) / np.sum(reference**2))


def separate(networks, song, weights=None, options=None):
    weights = weights or [(1.0,) * len(SOURCES)] * len(networks)
    members = tuple(Member(network, tuple(row)) for network, row in zip(networks, weights, strict=True))
    lanes = plan_lanes(SourceModel("test", "", tuple(SOURCES), 44100, 2, members), SOURCES, song.shape[1], options)
    return np.concatenate(list(run_lanes([song[:, :777], song[:, 777:]], lanes)), axis=-1)


def reference(network, song, **options):
    with torch.no_grad():
        return apply_model(network, torch.from_numpy(song)[None], **({"shifts": 0} | options))[0].numpy()


def open_network(artifact, engine="onnxruntime"):
    """On the engine as it is: what `open_session` measures first is tested with the runtime."""
    return HybridNetwork(open_engine(engine, artifact, SessionOptions("fp32", 1, BUILDER)))


def torch_network(weights):
    return open_network(convert(weights, weights.with_suffix("")), "torch")


@pytest.mark.parametrize(
    ("engine", "tolerance_db"),
    [("torch", DEMUCS_TORCH_DB), ("onnxruntime", ENGINE_FP32_DB), ("openvino", ENGINE_FP32_DB)],
)
def test_stems_equal_demucs(tiny_htdemucs, song, engine, tolerance_db):
    network = open_network(tiny_htdemucs, engine)
    assert null_db(separate([network], song, options=LaneOptions()), reference(htdemucs(), song)) < tolerance_db


@pytest.mark.parametrize("n_frames", [1, 500, 22049, 22050, 22051])
def test_songs_shorter_than_a_segment_equal_demucs(tiny_htdemucs, rng, n_frames):
    song = rng.standard_normal((2, n_frames)).astype(np.float32)
    network = open_network(tiny_htdemucs)
    assert null_db(separate([network], song, options=LaneOptions()), reference(htdemucs(), song)) < ENGINE_FP32_DB


def test_overlap_means_what_it_means_to_demucs(tiny_htdemucs, song):
    network = open_network(tiny_htdemucs)
    ours = separate([network], song, options=LaneOptions(overlap=0.6))
    assert null_db(ours, reference(htdemucs(), song, overlap=0.6)) < ENGINE_FP32_DB


def test_shifts_equal_demucs_where_the_dice_fall_alike(tiny_htdemucs, song, monkeypatch):
    generator = np.random.default_rng(5)
    leads = [int(generator.integers(0, 22051)) for _ in range(2)]
    offsets = iter([22050 - lead for lead in leads])
    monkeypatch.setattr("demucs.apply.random.randint", lambda low, high: next(offsets))
    network = open_network(tiny_htdemucs)
    ours = separate([network], song, options=LaneOptions(shifts=2, seed=5))
    assert null_db(ours, reference(htdemucs(), song, shifts=2)) < ENGINE_FP32_DB


def test_bags_equal_demucs(song, tmp_path):
    weights = [[1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 1.0]]
    networks = [torch_network(write_safetensors(hdemucs(seed), tmp_path / f"{seed}.safetensors")) for seed in (0, 1)]
    bag = BagOfModels([hdemucs(0), hdemucs(1)], weights)
    assert null_db(separate(networks, song, weights, LaneOptions()), reference(bag, song)) < DEMUCS_TORCH_DB


def test_hdemucs_runs_on_torch_at_any_length(song, tmp_path):
    network = torch_network(write_safetensors(hdemucs(), tmp_path / "h.safetensors"))
    assert null_db(separate([network], song, options=LaneOptions()), reference(hdemucs(), song)) < DEMUCS_TORCH_DB


def test_old_packages_load_without_trusting_their_pickle(song, tmp_path):
    network = load_network(write_th(htdemucs(), tmp_path / "old.th"))
    np.testing.assert_array_equal(reference(network, song), reference(htdemucs(), song))


def test_old_packages_convert_to_the_same_stems(song, tmp_path):
    network = torch_network(write_th(hdemucs(), tmp_path / "old.th"))
    assert null_db(separate([network], song, options=LaneOptions()), reference(hdemucs(), song)) < DEMUCS_TORCH_DB


class Harmful:
    def __reduce__(self):
        return (print, ("this must never run",))


def test_a_pickle_that_asks_for_more_is_refused(tmp_path, capsys):
    torch.save({"klass": Harmful(), "args": (), "kwargs": {}, "state": {}}, tmp_path / "bad.th")
    with pytest.raises(ModelError, match="may be loaded safely"):
        load_network(tmp_path / "bad.th")
    assert "never run" not in capsys.readouterr().out


def test_a_class_that_is_not_demucs_is_refused(tmp_path):
    path = write_safetensors(htdemucs(), tmp_path / "bad.safetensors", class_name="subprocess.Popen")
    with pytest.raises(ModelError, match=r"subprocess\.Popen.*only demucs"):
        load_network(path)


def test_a_truncated_file_is_refused(tmp_path):
    path = write_safetensors(htdemucs(), tmp_path / "cut.safetensors")
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ModelError, match=r"cut\.safetensors cannot be read"):
        load_network(path)


def test_weights_that_do_not_fit_are_refused(tmp_path):
    network = htdemucs()
    strange = SimpleNamespace(
        _init_args_kwargs=((), {**network._init_args_kwargs[1], "channels": 16}), state_dict=network.state_dict
    )
    path = write_safetensors(strange, tmp_path / "odd.safetensors", class_name="demucs.htdemucs.HTDemucs")
    with pytest.raises(ModelError, match="does not fit its network"):
        load_network(path)


def test_a_bag_may_set_the_segment(tmp_path):
    converted = convert(write_safetensors(hdemucs(), tmp_path / "h.safetensors"), tmp_path / "artifact", 0.25)
    assert converted.spec.options["segment"] == 11025
    assert not converted.has("model.onnx"), "a network of any length has no graph of fixed shape"
