"""`bench.py`: how long each model of the rig takes for its blocks on this machine, at the pace of a sound card.

Each block is handed over when it is due, as a card would; between them the processor may rest and cool, as it does
while somebody plays. A block is late when it is not ready in the time that the rig's `blocks_ahead` give it, whether it
took long itself or those before it. A model is too slow where more than one block in a hundred is late: then longer
blocks are tried, and the shortest that is long enough is named.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass, replace

import numpy as np

from mixassist.audio.live_desk import BlockProcess
from mixassist.errors import OptionError
from mixassist.runtime.bundle.device.golden_stream import plucked_notes
from mixassist.runtime.bundle.device.manifest import BundledModel, Manifest
from mixassist.runtime.bundle.device.program import parser_of, rig_of, tell
from mixassist.runtime.bundle.device.rig import Rig, host_of, open_process
from mixassist.runtime.bundle.device.temperature import hottest, temperatures_c
from mixassist.runtime.streaming.denormals import DenormalsOff
from mixassist.runtime.streaming.plan import HostFormat

LONGEST_BLOCK = 4096
TRIAL_S = 2.0
N_WARM_UP = 50


@dataclass(frozen=True)
class Row:
    """Times of a model's blocks in ms, how many came too late (`n_misses`), and its delay in ms, blocks not counted."""

    model: str
    block: int
    n_blocks: int
    n_misses: int
    median_ms: float
    p99_ms: float
    max_ms: float
    budget_ms: float
    latency_ms: float

    @property
    def is_fast(self) -> bool:
        """Whether 99 in 100 blocks were ready in time."""
        return self.n_misses <= 0.01 * self.n_blocks

    def __str__(self) -> str:
        return (
            f"{self.model}: blocks of {self.block} ({self.budget_ms:.2f} ms): median {self.median_ms:.3f} ms,"
            f" p99 {self.p99_ms:.3f} ms, longest {self.max_ms:.3f} ms, {self.n_misses} of {self.n_blocks} too late;"
            f" {self.latency_ms:.1f} ms late by itself"
        )


def measure(name: str, process: BlockProcess, host: HostFormat, seconds: float, n_ahead: int = 1) -> Row:
    """A process at the pace of a card for so long; each block may take `n_ahead` times as long as it lasts."""
    sound = plucked_notes(host.n_channels, host.rate)
    n_turns = sound.shape[1] // host.block
    n_blocks = max(1, math.ceil(seconds * host.rate / host.block))
    times_s, ready_s = np.zeros(n_blocks), np.zeros(n_blocks)
    with DenormalsOff():
        for _ in range(N_WARM_UP):
            process.process(sound[:, : host.block].copy())
        begin = time.perf_counter()
        for index in range(n_blocks):
            at = index % n_turns * host.block
            block = sound[:, at : at + host.block].copy()
            due = begin + index * host.block / host.rate
            time.sleep(max(0.0, due - time.perf_counter()))
            start = time.perf_counter()
            process.process(block)
            end = time.perf_counter()
            times_s[index], ready_s[index] = end - start, end - due
    budget_s = host.block / host.rate
    median, p99 = np.percentile(times_s, [50, 99])
    return Row(
        name,
        host.block,
        n_blocks,
        int((ready_s > n_ahead * budget_s).sum()),
        1000 * float(median),
        1000 * float(p99),
        1000 * float(times_s.max()),
        1000 * budget_s,
        1000 * process.latency_samples / host.rate,
    )


def long_enough(model: BundledModel, rig: Rig) -> int | None:
    """The shortest block, doubled from the rig's own, that the model is fast enough for; None when none is."""
    block = 2 * rig.block
    while block <= LONGEST_BLOCK:
        longer = replace(rig, block=block)
        host = host_of(longer, (model,))
        if measure(model.id, open_process(model, longer, host), host, TRIAL_S, rig.blocks_ahead).is_fast:
            return block
        block *= 2
    return None


def main(manifest: Manifest, words: list[str]) -> int:
    """The program: 0 when every model is fast enough, 1 when one is not."""
    parser = parser_of(__doc__ or "")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each model plays")
    parser.add_argument("--json", action="store_true", help="print one object on stdout, nothing else")
    asked = parser.parse_args(words)
    if not asked.seconds > 0:
        raise OptionError(f"--seconds is {asked.seconds:g}: a measurement takes time")
    rig = rig_of(asked, manifest.folder)
    models = rig.chosen(manifest)
    host = host_of(rig, models)
    before = temperatures_c()
    rows = []
    for model in models:
        rows.append(measure(model.id, open_process(model, rig, host), host, asked.seconds, rig.blocks_ahead))
        if not asked.json:
            tell(str(rows[-1]))
    after = temperatures_c()
    cures = {row.model: long_enough(manifest.model(row.model), rig) for row in rows if not row.is_fast}
    if asked.json:
        told = {"rows": [asdict(row) for row in rows], "longer_blocks": cures}
        tell(json.dumps(told | {"celsius_before": before, "celsius_after": after}))
    else:
        tell(f"hottest before: {hottest(before)}, after: {hottest(after)}")
        for name, block in cures.items():
            tell(_cure(name, rig, block))
    return 1 if cures else 0


def _cure(name: str, rig: Rig, block: int | None) -> str:
    if block is None:
        return f"{name} is too slow for this machine, even in blocks of {LONGEST_BLOCK}: play a smaller model"
    return f"{name} is too slow for blocks of {rig.block}: set block to {block} in the rig, or pass --block {block}"
