"""Turns demucs' weights into mixassist artifacts, and artifacts into torch networks (door: demucs).

Task: load a demucs weight file through demucs' own classes, take the STFT out of its graph, and write an artifact with
the ONNX graph, the weights and a golden pair. Runs in a process of its own (`python -m separation.demucs_adapter`), so
that torch and the export never weigh on the process that separates.

Conventions: tensors as in `separation.hybrid`. Only the classes in `CLASSES` are ever built, whatever the file says.
"""

from __future__ import annotations

import json
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mixassist.errors import MixassistError, ModelError
from mixassist.runtime.artifact import GRAPH, WEIGHTS, Artifact, Golden, ModelCard, save_artifact
from mixassist.runtime.export import export_onnx
from mixassist.runtime.spec import ModelSpec, TensorSpec
from separation.demucs_planar import make_planar
from separation.hybrid import channels_from_complex, spectrum_of

Floats = NDArray[np.float32]

CLASSES = {"demucs.htdemucs.HTDemucs": "htdemucs", "demucs.hdemucs.HDemucs": "hdemucs"}
"""The classes that a weight file may name, and the kind of core they make."""


class Core(torch.nn.Module):
    """A demucs network without its STFT: (`spectrum` [B, 2C, F, K], `mix` [B, C, T]) to (`spectra`, `waves`).

    The network's own transforms are replaced by ones that hand the given spectrum in and carry the estimated one out.
    """

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        network._magnitude = lambda spectrum: spectrum
        network._mask = lambda spectrum, estimate: estimate

    def forward(self, spectrum: torch.Tensor, mix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        spectra: list[torch.Tensor] = []

        def carry_out(estimate: torch.Tensor, length: int) -> torch.Tensor:
            spectra.append(estimate)
            return torch.zeros(())

        self.network._spec = lambda mix: spectrum
        self.network._ispec = carry_out
        waves = self.network(mix)
        return spectra[0], waves


def build_core(artifact: Artifact) -> torch.nn.Module:
    """The torch network of an artifact that `convert` wrote."""
    return Core(load_network(artifact.file(WEIGHTS))).eval()


def load_network(path: Path) -> Any:
    """The demucs network in a `.safetensors` file (demucs' layout) or an old `.th` package.

    Raises:
        ModelError: for a damaged file, or one that names a class other than HTDemucs and HDemucs.
    """
    from demucs.states import load_model

    package = _read_safetensors(path) if path.suffix == ".safetensors" else _read_pickle(path)
    try:
        network = load_model(package)
    except (RuntimeError, TypeError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(f"{path} does not fit its network ({reason}): download it again") from error
    if not network.cac:
        raise ModelError(f"{path} estimates magnitudes, not complex spectra: use one of the htdemucs models")
    return network.eval()


def convert(weights: Path, folder: Path, segment_s: float | None = None) -> Artifact:
    """Writes the artifact of a demucs weight file into `folder`.

    The golden pair is demucs' own answer; the graph is that of the network's faster equal (`separation.demucs_planar`).
    HDemucs takes segments of any length, so it has no graph of fixed shape and runs on torch alone.
    """
    network = load_network(weights)
    if segment_s is not None and (not hasattr(network, "use_train_segment") or segment_s <= network.segment):
        network.segment = segment_s
    spec = _spec(network)
    mix = _golden_mix(spec)
    spectrum = channels_from_complex(spectrum_of(mix, spec.options["n_fft"], spec.options["hop"]))
    core = Core(network)
    with torch.inference_mode():
        spectra, waves = core(torch.from_numpy(spectrum), torch.from_numpy(mix))
    golden = Golden({"spectrum": spectrum, "mix": mix}, {"spectra": spectra.numpy(), "waves": waves.numpy()})
    card = ModelCard(weights.stem, licence="as published with the weights", training={"source": weights.name})
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as staging:
        files = {WEIGHTS: _as_safetensors(weights, Path(staging))}
        if spec.options["is_padded"]:
            files[GRAPH] = Path(staging) / GRAPH
            make_planar(network)
            export_onnx(core, spec, [spectrum, mix], files[GRAPH])
        return save_artifact(folder, spec=spec, card=card, files=files, golden=golden)


def _spec(network: Any) -> ModelSpec:
    is_padded = bool(getattr(network, "use_train_segment", False))
    segment = int(network.segment * network.samplerate)
    n_channels, n_stems, n_bins = network.audio_channels, len(network.sources), network.nfft // 2
    n_frames, n_windows = (segment, -(-segment // network.hop_length)) if is_padded else (None, None)
    return ModelSpec(
        kind=CLASSES[_class_name(type(network))],
        rate=network.samplerate,
        n_channels=n_channels,
        inputs=(
            TensorSpec("spectrum", (None, 2 * n_channels, n_bins, n_windows)),
            TensorSpec("mix", (None, n_channels, n_frames)),
        ),
        outputs=(
            TensorSpec("spectra", (None, n_stems, 2 * n_channels, n_bins, n_windows)),
            TensorSpec("waves", (None, n_stems, n_channels, n_frames)),
        ),
        options={
            "stems": list(network.sources),
            "segment": segment,
            "is_padded": is_padded,
            "n_fft": network.nfft,
            "hop": network.hop_length,
        },
    )


def _golden_mix(spec: ModelSpec) -> Floats:
    """Seeded, song-like [1, C, T] of unit variance: a decaying chord, a beat of noise and a steady floor.

    Fixed networks get a whole segment, the others five seconds at most.
    """
    n_frames = spec.options["segment"] if spec.options["is_padded"] else min(spec.options["segment"], 5 * spec.rate)
    generator = np.random.default_rng(0)
    time_s = np.arange(n_frames) / spec.rate
    chord = sum(np.sin(2 * np.pi * pitch_hz * time_s) for pitch_hz in (110.0, 220.0, 277.18, 329.63, 1318.5))
    beat = generator.standard_normal((spec.n_channels, n_frames)) * np.exp(-18 * (time_s % 0.5))
    floor = 0.05 * generator.standard_normal((spec.n_channels, n_frames))
    mix = np.exp(-time_s % 2.0) * chord + beat + floor
    return (mix / mix.std()).astype(np.float32)[None]


def _read_safetensors(path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            names = list(file.keys())
            state = {name: file.get_tensor(name) for name in names}
        arguments = {key: _decode(json.loads(metadata[key])) for key in ("args", "kwargs")}
        class_name = metadata["klass"]
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path} cannot be read ({error}): download it again") from error
    except (KeyError, ValueError) as error:
        raise ModelError(
            f"{path} is not in demucs' layout ({error} is missing or unreadable): use a demucs model"
        ) from error
    return {"klass": _find_class(class_name, path), "state": state, **arguments}


def _read_pickle(path: Path) -> dict[str, Any]:
    """An old `.th` package, unpickled with nothing allowed but tensors, plain values and the classes of `CLASSES`."""
    import pickle

    from demucs.hdemucs import HDemucs
    from demucs.htdemucs import HTDemucs

    try:
        with torch.serialization.safe_globals([HDemucs, HTDemucs, Fraction]):
            package = torch.load(path, "cpu", weights_only=True)
        return {key: package[key] for key in ("klass", "args", "kwargs", "state")}
    except (pickle.UnpicklingError, RuntimeError, OSError, EOFError, KeyError, TypeError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"{path} is not a demucs model that may be loaded safely ({reason}): use .safetensors"
        ) from error


def _as_safetensors(path: Path, folder: Path) -> Path:
    """`path` itself, or the same weights written in demucs' safetensors layout."""
    from safetensors.torch import save_file

    if path.suffix == ".safetensors":
        return path
    package = _read_pickle(path)
    metadata = {"klass": _class_name(package["klass"])}
    metadata |= {key: json.dumps(_encode(package[key])) for key in ("args", "kwargs")}
    save_file({key: tensor.contiguous() for key, tensor in package["state"].items()}, folder / WEIGHTS, metadata)
    return folder / WEIGHTS


def _class_name(network_class: type) -> str:
    return f"{network_class.__module__}.{network_class.__qualname__}"


def _find_class(name: str, path: Path) -> Any:
    from demucs.hdemucs import HDemucs
    from demucs.htdemucs import HTDemucs

    for network_class in (HTDemucs, HDemucs):
        if _class_name(network_class) == name:
            return network_class
    raise ModelError(f"{path} asks for the class {name}: only {' and '.join(CLASSES)} are built")


def _encode(value: Any) -> Any:
    """JSON for init arguments; fractions as demucs writes them."""
    if isinstance(value, Fraction):
        return {"_type": "fraction", "numerator": value.numerator, "denominator": value.denominator}
    if isinstance(value, dict):
        return {key: _encode(item) for key, item in value.items()}
    return [_encode(item) for item in value] if isinstance(value, (list, tuple)) else value


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get("_type") == "fraction":
            return Fraction(value["numerator"], value["denominator"])
        return {key: _decode(item) for key, item in value.items()}
    return [_decode(item) for item in value] if isinstance(value, list) else value


def main(arguments: list[str]) -> int:
    """Converts WEIGHTS into FOLDER, at SEGMENT seconds if given; an error is one line on stderr and exit code 2."""
    weights, folder, *segment = arguments
    try:
        convert(Path(weights), Path(folder), float(segment[0]) if segment else None)
    except MixassistError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
