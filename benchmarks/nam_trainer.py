"""Trains neural-amp-modeler's own network with its own recipe on a straight pair, for a budget of CPU seconds.

Runs in the peer's venv and imports nothing of ours: `PEER/bin/python benchmarks/nam_trainer.py DI REAMPED --size …`.
Dataset, networks, losses, optimiser and schedule are those of neural-amp-modeler 0.13.0. In its favour: no Lightning
trainer around them, neither checking nor its latency search; validation, loading and export cost it nothing; of the
checkpoints the best by the score of the table is kept, and looked for more often than once an epoch.

Rows: [{"cpu_s", "esr" (the best so far), "esr_now", "n_steps"}], for A2 also "esr_lite" of its smaller network.

References:
    nam/train/core.py and nam/train/_resources/config_model_packed.json of 0.13.0 (A2, the level of the target);
    nam/train/core.py of 0.12 (`_get_configs`: WaveNets of the first generation and LSTM, with MRSTFT).
"""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

LEAD_SAMPLES = 8192
"""Of the held-out part only what a network hears first: longer than any receptive field, and what an LSTM warms up."""
TARGET_DB = -18.0
WAVENETS = {
    "standard": (16, 8, 8, 10, 10),
    "lite": (12, 6, 6, 7, 13),
    "feather": (8, 4, 4, 7, 13),
    "nano": (4, 2, 2, 7, 13),
}
"""Channels of both arrays, of the first one's head, and which dilations each has."""
DILATIONS = {
    7: [2**n for n in range(7)],
    10: [2**n for n in range(10)],
    13: [128, 256, 512, *(2**n for n in range(10))],
}
N_LSTM_CELLS = 24
SIZES = (*WAVENETS, "lstm", "a2")
MRSTFT = {"pre_emph_mrstft_weight": 2e-4, "pre_emph_mrstft_coef": 0.85}


@dataclass
class Run:
    """What a run has come to: its rows, and for each of its networks the best score with its weights."""

    n_networks: int
    n_weights: int
    started: float = 0.0
    paused_s: float = 0.0
    n_steps: int = 0
    rows: list[dict[str, float]] = field(default_factory=list)
    best: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Every network starts with the worst score."""
        self.best = [(math.inf, {})] * self.n_networks
        self.started = time.process_time()

    @property
    def cpu_s(self) -> float:
        """CPU seconds of training, validation taken out."""
        return time.process_time() - self.started - self.paused_s


def recipe(size: str) -> dict[str, Any]:
    """The configuration of network, loss, optimiser and schedule as the peer's trainer writes it."""
    if size == "a2":
        return json.loads(resources.files("nam.train._resources").joinpath("config_model_packed.json").read_text())
    if size == "lstm":
        config = {"num_layers": 1, "hidden_size": N_LSTM_CELLS, "train_burn_in": 4096, "train_truncate": 512}
        loss = {"val_loss": "mse", "mask_first": 4096, "pre_emph_weight": 1.0, "pre_emph_coef": 0.85}
        rates = {"lr": 0.01}, 0.995
    else:
        config = _wavenet(*WAVENETS[size])
        loss = {"val_loss": "esr"}
        rates = {"lr": 0.004}, 0.993
    return {
        "net": {"name": "LSTM" if size == "lstm" else "WaveNet", "config": config},
        "loss": loss | MRSTFT,
        "optimizer": rates[0],
        "lr_scheduler": {"class": "ExponentialLR", "kwargs": {"gamma": rates[1]}},
    }


def _wavenet(first: int, second: int, head: int, *dilations: int) -> dict[str, Any]:
    plain = {"condition_size": 1, "kernel_size": 3, "activation": "Tanh"}
    heads = [{"out_channels": n, "kernel_size": 1, "bias": has_bias} for n, has_bias in ((head, False), (1, True))]
    arrays = [
        plain | {"input_size": n_in, "channels": n, "head": head_config, "dilations": DILATIONS[name]}
        for n_in, n, head_config, name in zip((1, first), (first, second), heads, dilations, strict=True)
    ]
    return {"layers_configs": arrays, "head_scale": 0.02}


def train(options: argparse.Namespace) -> tuple[Run, Any]:
    """The run, and the peer's network with its best weights, ready for export."""
    import torch
    from nam.train.lightning_module import (  # type: ignore[import-not-found]  # the peer has a venv of its own
        LightningModule,
        PackedLightningModule,
    )

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    module = (PackedLightningModule if options.size == "a2" else LightningModule).init_from_config(recipe(options.size))
    net = module.net
    learn, held_out = _datasets(options, net)
    chosen = module.configure_optimizers()
    optimizer, schedule = chosen["optimizer"], chosen["lr_scheduler"]["scheduler"]
    run = _start(net, options.size)
    due_s = 0.0
    for batch, is_last in _batches(learn, options.batch):
        if run.cpu_s >= min(due_s, options.seconds):
            due_s = run.cpu_s + options.validate_every
            _validate(run, net, held_out)
            _write(options, run)
        if run.cpu_s >= options.seconds or run.n_steps == options.steps:
            break
        module.train()
        optimizer.zero_grad()
        module.training_step(batch, run.n_steps).backward()
        optimizer.step()
        if options.size == "a2":
            net.apply_mask()
        run.n_steps += 1
        if is_last:
            schedule.step()
    if run.n_steps > run.rows[-1]["n_steps"]:
        _validate(run, net, held_out)
    _write(options, run)
    _recall(run, net)
    return run, net


def _datasets(options: argparse.Namespace, net: Any) -> tuple[Any, Any]:
    """The peer's datasets of both parts, its target at the level its trainer brings it to where that can be undone."""
    import soundfile
    import torch
    from nam.data import Dataset, NormalizeJointDatasetOutput  # type: ignore[import-not-found]

    (x, rate), (y, _) = (soundfile.read(path, dtype="float32") for path in (options.di, options.reamped))
    net.sample_rate = rate
    split = options.split_at
    parts = [
        Dataset(
            x=torch.from_numpy(x[part].copy()),
            y=torch.from_numpy(y[part].copy()),
            nx=net.receptive_field,
            ny=ny,
            sample_rate=rate,
            require_input_pre_silence=None,
        )
        for part, ny in ((slice(0, split), options.ny), (slice(split, None), None))
    ]
    if options.size != "lstm":
        NormalizeJointDatasetOutput(TARGET_DB).apply(*parts)
        parts[0].handshake(net)
    return parts[0], parts[1]


def _batches(dataset: Any, n_items: int) -> Iterator[tuple[Any, bool]]:
    """Shuffled batches for ever, and whether each is its epoch's last."""
    from torch.utils.data import DataLoader

    loader = DataLoader(dataset, batch_size=n_items, shuffle=True, drop_last=True)
    for _ in itertools.count():
        for index, batch in enumerate(loader, start=1):
            yield batch, index == len(loader)


def _validate(run: Run, net: Any, held_out: Any) -> None:
    """One more row: the error's energy over the target's, on the whole held-out part but its lead."""
    began = time.process_time()
    cpu_s = began - run.started - run.paused_s
    scores = _scores(net, held_out)
    for index, score in enumerate(scores):
        if score < run.best[index][0]:
            run.best[index] = score, copy.deepcopy(net.state_dict())
    row = {"cpu_s": cpu_s, "esr": run.best[-1][0], "esr_now": scores[-1], "n_steps": run.n_steps}
    run.rows.append(row | ({"esr_lite": run.best[0][0]} if run.n_networks > 1 else {}))
    run.paused_s += time.process_time() - began


def _scores(net: Any, held_out: Any) -> list[float]:
    """The ESR of each of its networks."""
    import torch

    net.eval()
    with torch.no_grad():
        found = net(held_out.x, pad_start=True).double()
    found = found[..., LEAD_SAMPLES:].reshape(-1, held_out.x.numel() - LEAD_SAMPLES)
    true = held_out.y[LEAD_SAMPLES:].double()
    return [float((one - true).square().sum() / true.square().sum()) for one in found]


def _recall(run: Run, net: Any) -> None:
    """Puts the best weights back: of A2 each network's own best."""
    if run.n_networks == 1:
        net.load_state_dict(run.best[0][1])
        return
    networks = []
    for index, (_, weights) in enumerate(run.best):
        net.load_state_dict(weights)
        networks.append(net.extract_submodel(index))
    for index, network in enumerate(networks):
        net.import_submodel(index, network)


def _start(net: Any, size: str) -> Run:
    """A run whose clock begins; weights are counted as in the file, where an LSTM's two biases are one."""
    if size != "a2":
        return Run(1, len(net._export_weights()))
    return Run(net.num_submodels, len(net.extract_submodel(net.num_submodels - 1)._export_weights()))


def _write(options: argparse.Namespace, run: Run) -> None:
    settings = {"batch": options.batch, "ny": options.ny, "seed": options.seed}
    facts = {"size": options.size, "n_weights": run.n_weights, "rows": run.rows} | settings
    options.out.write_text(json.dumps(facts, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(prog="nam_trainer.py", description=__doc__)
    parser.add_argument("di", type=Path)
    parser.add_argument("reamped", type=Path)
    parser.add_argument("--size", choices=SIZES, required=True)
    parser.add_argument("--split-at", type=int, required=True, help="first sample of the held-out part")
    parser.add_argument("--seconds", type=float, required=True, help="CPU seconds of training")
    parser.add_argument("--steps", type=int, default=-1, help="stop after that many steps, for tests")
    parser.add_argument("--out", type=Path, required=True, help="rows, JSON")
    parser.add_argument("--nam", type=Path, help="where the best network goes")
    parser.add_argument("--batch", type=int, default=16, help="16 as its trainer's default, 1 as its window on a CPU")
    parser.add_argument("--ny", type=int, default=8192)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--validate-every", type=float, default=30.0, help="CPU seconds between two rows")
    options = parser.parse_args()
    run, net = train(options)
    if options.nam:
        net.eval().export(options.nam.parent, basename=options.nam.stem)
    print(f"{options.size}: ESR {run.rows[-1]['esr']:.5f} after {run.cpu_s:.0f} CPU s, {run.n_steps} steps")


if __name__ == "__main__":
    main()
