"""Files that go out and files that come in, each played by us and by neural-amp-modeler itself.

`python -m benchmarks.nam_peer --peer-python PEER/bin/python [--public FOLDER]`

Every usual size with random weights and biases, finished as training finishes it, and the public models where their
folder is given, through one take of guitar and noise: null of our render (torch, from rest on) against the peer's, and
both measures of loudness. What is handed to the peer is the file itself, with two exceptions, told in the column
`handed over`: of a container it is each of its models, for its reader knows no containers; of a WaveNet in the
legacy schema, or with keys of it, which its reader cannot read, it is the same network in the new one. These files
themselves are held to an independent reading in numpy by tests/amp_models/test_net.py.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amp_models.nam.finish import finish_nam
from amp_models.nam.format import (
    CONTAINER,
    NEWEST_VERSION,
    Nam,
    choose_model,
    contain,
    nam_from_dict,
    read_nam,
    size_limits,
    submodels,
    write_nam,
)
from amp_models.nam.fresh import A2, FRESH_SIZES, fresh_nam, wavenet_weights
from amp_models.nam.loudness import measure_loudness
from amp_models.nam.net import player
from amp_models.pairs.phrases import guitar_phrases
from amp_models.wavenet.config import Head, WaveNetConfig
from amp_models.wavenet.schema import parse_wavenet, write_wavenet
from amp_models.wavenet.sizes import SIZES
from mixassist.dsp.scores import null_db
from mixassist.errors import ModelError

RENDER = Path(__file__).with_name("nam_render.py")
RATE = 48000

SLIMMING_STEP = 0.01
"""How far below the end of its range a width is asked for."""

Take = NDArray[np.float32]


@dataclass(frozen=True)
class PeerCheck:
    """One network as both play it; `trouble` says why the peer does not, and then there are no figures.

    Attributes:
        handed_over: what of the file the peer was given.
        null_db: of our render against the peer's.
        loudness_error_db: ours less the peer's.
        compression_error: likewise.
    """

    model: str
    handed_over: str
    null_db: float | None = None
    loudness_error_db: float | None = None
    compression_error: float | None = None
    trouble: str | None = None

    def row(self) -> tuple[str, ...]:
        """The cells of a table."""
        if self.trouble is not None:
            return (self.model, self.handed_over, self.trouble, "", "")
        figures = (f"{self.null_db:.1f}", f"{self.loudness_error_db:+.1e}", f"{self.compression_error:+.1e}")
        return (self.model, self.handed_over, *figures)


COLUMNS = ("model", "handed over", "null (dB)", "loudness error (dB)", "gain error")


def random_models(seed: int = 0) -> dict[str, Nam]:
    """Every usual size as a finished file would hold it, and a slimmable network, with random weights."""
    models = {size: finish_nam(fresh_nam(size, RATE, seed)) for size in FRESH_SIZES if size != A2}
    parts = [(limit, finish_nam(model)) for limit, model in submodels(fresh_nam(A2, RATE, seed))]
    return models | {A2: contain(parts), "slimmable": _slimmable(seed)}


def _slimmable(seed: int) -> Nam:
    """An array of a feather WaveNet, trained for widths of 2, 4 and 8 channels."""
    array = SIZES["feather"].arrays[0]
    config = WaveNetConfig((replace(array, head=Head(1, has_bias=True), widths=(2, 4, 8)),), head_scale=0.02)
    weights = wavenet_weights(config, np.random.default_rng(seed))
    return finish_nam(Nam("WaveNet", write_wavenet(config, is_legacy=False), weights, known_rate=RATE))


def public_models(folder: Path) -> dict[str, Nam]:
    """The `.nam` files of a folder."""
    return {path.stem: read_nam(path) for path in sorted(folder.glob("*.nam"))}


def probe_take(seconds: float = 2.0, seed: int = 0) -> Take:
    """Silence, guitar up to full scale, noise: [T] at 48 kHz."""
    guitar = 2 * guitar_phrases(seconds, RATE, seed)
    noise = 0.3 * np.random.default_rng(seed).standard_normal(guitar.size // 2)
    return np.concatenate([np.zeros(RATE // 10), guitar, noise]).astype(np.float32)


def compare(peer_python: Path, models: Mapping[str, Nam], take: Take) -> tuple[PeerCheck, ...]:
    """Each network of the models as both play it.

    Raises:
        ModelError: when the peer's Python cannot run it.
    """
    networks = [network for name, model in models.items() for network in _networks(name, model)]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        np.save(place / "x.npy", take)
        for index, network in enumerate(networks):
            write_nam(place / f"{index:03}.nam", network.given)
        sizes = {f"{index:03}": network.size for index, network in enumerate(networks) if network.size is not None}
        (place / "sizes.json").write_text(json.dumps(sizes), encoding="utf-8")
        run_peer(peer_python, place)
        answers = json.loads((place / "answers.json").read_text(encoding="utf-8"))["models"]
        return tuple(
            _check(network, take, answers[f"{index:03}"], place / f"{index:03}.npy")
            for index, network in enumerate(networks)
        )


def run_peer(peer_python: Path, folder: Path) -> None:
    """Lets the peer play the files of a folder; see `nam_render`.

    Raises:
        ModelError: when it cannot be run.
    """
    command = [str(peer_python), str(RENDER), str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except OSError as error:
        raise ModelError(
            f"{peer_python} cannot be run ({error.strerror}): name the Python of the peer's venv"
        ) from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ModelError(f"{peer_python} failed ({last}): pip install neural-amp-modeler==0.13.0 there") from error


@dataclass(frozen=True)
class _Network:
    """One network as we read it, `own`, and what the peer is given for it, slimmed to `size` if that is one."""

    name: str
    told: str
    own: Nam
    given: Nam
    size: float | None = None


def _networks(name: str, model: Nam) -> Iterator[_Network]:
    if model.architecture == CONTAINER:
        for limit, part in submodels(model, name):
            for network in _networks(f"{name}, size {limit:g}", part):
                yield replace(network, told=f"model in the container, {network.told}")
        return
    given = _rewritten(model)
    told = f"the file, {model.version}" if given is model else f"{model.version} rewritten as {NEWEST_VERSION}"
    yield _Network(name, told, model, given)
    for limit in size_limits(model, name)[:-1]:
        size = limit - SLIMMING_STEP
        yield _Network(f"{name}, size {size:.2f}", told, choose_model(model, size), given, size)


def _rewritten(model: Nam) -> Nam:
    """The model, or where a WaveNet has keys of the legacy schema the same with new ones."""
    if model.architecture != "WaveNet" or all(layer.get("head") for layer in model.config["layers"]):
        return model
    config = write_wavenet(parse_wavenet(model.config), is_legacy=False)
    if "condition_dsp" in config:
        config["condition_dsp"] = _rewritten(nam_from_dict(config["condition_dsp"], "the condition")).to_dict()
    return replace(model, config=config, version=NEWEST_VERSION)


def _check(network: _Network, take: Take, answer: Mapping[str, Any], rendered: Path) -> PeerCheck:
    if "trouble" in answer:
        return PeerCheck(network.name, network.told, trouble=answer["trouble"])
    play = player(network.own)
    loudness = measure_loudness(play)
    assert loudness is not None
    return PeerCheck(
        network.name,
        network.told,
        null_db(play(take[None]), np.load(rendered)[None]),
        loudness.loudness_db - answer["loudness"],
        loudness.compression - answer["gain"],
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nam_peer", description=__doc__)
    parser.add_argument("--peer-python", type=Path, required=True, help="python of a venv with neural-amp-modeler")
    parser.add_argument("--public", type=Path, help="a folder of .nam files, to be compared too")
    parser.add_argument("--seconds", type=float, default=2.0, help="of guitar in the take")
    options = parser.parse_args()
    models = random_models() | (public_models(options.public) if options.public else {})
    print(" | ".join(COLUMNS))
    for check in compare(options.peer_python, models, probe_take(options.seconds)):
        print(" | ".join(check.row()))


if __name__ == "__main__":
    main()
