"""`check.py`: replays a bundle's golden vectors on every engine of this machine.

The network alone must come as near to its golden outputs as its artifact asks, and its whole stream, in float32 on the
processor, within 1e-5 of full scale of what it was where the bundle was made. On a GPU, where sums are made in other
orders, the stream must come within -60 dB; in reduced precision it is judged by its network alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from mixassist.errors import EngineError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.bundle.device.golden_stream import BLOCK, FILE, read_golden_stream
from mixassist.runtime.bundle.device.manifest import BundledModel, Manifest
from mixassist.runtime.bundle.device.opening import Compute, Order, find_opener, why_absent
from mixassist.runtime.bundle.device.program import parser_of, rig_of, tell
from mixassist.runtime.candidates import Candidate
from mixassist.runtime.engines import SessionOptions, find_engine, open_engine
from mixassist.runtime.probe import REDUCED_LIMIT_DB, replay_golden
from mixassist.runtime.streaming.plan import HostFormat

CANDIDATES = (
    Candidate("onnxruntime", "fp32"),
    Candidate("onnxruntime", "fp32", "cuda"),
    Candidate("tensorrt", "fp32", "cuda"),
    Candidate("tensorrt", "fp16", "cuda"),
)
GPU_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Verdict:
    """How an engine did on a model: `null_db` of the network and its limit, `distance` of the stream and its own.

    `error` says why there are no numbers; `is_absent`, that the engine is not on this machine at all.
    """

    model: str
    candidate: Candidate
    null_db: float = math.nan
    limit_db: float = math.nan
    distance: float | None = None
    tolerance: float = math.nan
    error: str | None = None
    is_absent: bool = False

    @property
    def is_right(self) -> bool:
        """Whether all was as near as it has to be."""
        is_near = self.distance is None or self.distance <= self.tolerance
        return self.error is None and self.null_db <= self.limit_db and is_near

    def __str__(self) -> str:
        if self.error is not None:
            return f"{self.model}: {self.candidate}: {'-' if self.is_absent else 'WRONG'} ({self.error})"
        told = f"network {self.null_db:.1f} dB (limit {self.limit_db:g})"
        if self.distance is not None:
            told += f", stream {self.distance:.2g} (limit {self.tolerance:g})"
        return f"{self.model}: {self.candidate}: {told}: {'right' if self.is_right else 'WRONG'}"


def check(manifest: Manifest, candidates: tuple[Candidate, ...] = CANDIDATES) -> Iterator[Verdict]:
    """A verdict for each model on each engine.

    Raises:
        ModelError: when a model or its golden vectors cannot be read.
    """
    for model in manifest.models:
        artifact = model.artifact
        for candidate in candidates:
            reason = why_absent(candidate, artifact)
            if reason is not None:
                yield Verdict(model.id, candidate, error=reason, is_absent=True)
                continue
            try:
                yield _verdict(model, artifact, candidate)
            except EngineError as error:
                yield Verdict(model.id, candidate, error=str(error))


def main(manifest: Manifest, words: list[str]) -> int:
    """The program: 0 when every engine that is here is right and there is one at all.

    A rig that this bundle cannot play is refused too, so that no update is installed which then stays dry.
    """
    parser = parser_of(__doc__ or "")
    asked = parser.parse_args(words)
    rig_of(asked, manifest.folder).chosen(manifest)
    if asked.engine not in (None, "auto"):
        find_engine(asked.engine)
    tell(f"{manifest.check_files()} files are what {manifest.told['bundle']['name']} says they are")
    wanted = tuple(each for each in CANDIDATES if asked.engine in (None, "auto", each.engine))
    verdicts = []
    for verdict in check(manifest, wanted):
        verdicts.append(verdict)
        tell(str(verdict))
    ran = [verdict for verdict in verdicts if not verdict.is_absent]
    if not ran:
        tell("none of these engines is here: install onnxruntime or TensorRT, see README.md")
    is_right = bool(ran) and all(verdict.is_right for verdict in ran)
    tell("all golden vectors are reproduced" if is_right else "NOT all golden vectors are reproduced")
    return 0 if is_right else 1


def _verdict(model: BundledModel, artifact: Artifact, candidate: Candidate) -> Verdict:
    golden = artifact.golden()
    limit_db = golden.tolerance_db if candidate.precision == "fp32" else REDUCED_LIMIT_DB
    options = SessionOptions(candidate.precision, 1, device=candidate.device)
    null_db = replay_golden(open_engine(candidate.engine, artifact, options), golden)
    if candidate.precision != "fp32":
        return Verdict(model.id, candidate, null_db, limit_db)
    stream = read_golden_stream(model.folder / FILE)
    host = HostFormat(BLOCK, model.rate, model.n_channels)
    compute = Compute(candidate.engine, candidate.precision, candidate.device)
    process = find_opener(model.opener)(Order(artifact, host, compute, dict(model.settings)))
    tolerance = stream.tolerance if candidate.device == "cpu" else GPU_TOLERANCE
    return Verdict(model.id, candidate, null_db, limit_db, stream.distance(process), tolerance)
