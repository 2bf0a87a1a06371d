"""`capture`: an amp is learned from a DI take and its reamped take, or from several with its knobs in other places.

Task:
    Check and align the pairs, train, and keep what came out: a `.nam` file for every player, an artifact for every
    engine, a picture and a report.

Conventions:
    Models run at 48 kHz; takes are aligned at their own rate and then resampled. A network of the size `a2` is two
    networks, trained one after the other, for a share of the time or for all epochs each; with knobs it is the large
    one alone, for no player takes a container of those. The delay of a pair is taken out, its polarity is learned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from amp_models.capturing.keeper import Keeper
from amp_models.capturing.options import CAPTURE_RATE, CaptureOptions
from amp_models.knobs.plan import KnobPlan
from amp_models.learning.checkpoint import SUFFIX
from amp_models.learning.material import Take, choose_held_out
from amp_models.learning.training import Moment, Progress, Trainer, TrainingOptions
from amp_models.nam.format import Nam
from amp_models.nam.fresh import A2, A2_PARTS, fresh_nam
from amp_models.nam.metadata import Gear
from amp_models.pairs.check import PairReport, check_pair
from amp_models.pairs.pair import Take as Recording
from mixassist.audio import AudioBuffer
from mixassist.audio.resample import resample
from mixassist.errors import CaptureError, Finding, OptionError

A2_SHARES = (0.25, 0.75)
"""Of the time, for the small and the large network of a container: they have 1871 and 12146 weights."""

FLOOR_MARGIN = 1.05
"""Training ends when the held-out error is this near to what noise alone leaves."""

EARLY, BY_HEART = 0.5, 1.2
"""A take was learned by heart when the best look came before this share of the time, and the last is so much worse."""


@dataclass(frozen=True)
class Look:
    """How a capture stands: `share` of all work done, which network, and the errors on what was held out so far.

    `findings` are told once, in the look after they came up.
    """

    share: float
    part: str
    curve: tuple[Moment, ...]
    findings: tuple[Finding, ...] = ()


Watch = Callable[[Look], None]
Tell = Callable[[float, Progress, tuple[Finding, ...]], None]


@dataclass(frozen=True)
class Learned:
    """A trained network: its `name` by size, its curve, and whether it ended at the floor that noise leaves."""

    name: str
    nam: Nam
    curve: tuple[Moment, ...]
    n_epochs: float
    is_at_floor: bool

    @property
    def esr(self) -> float:
        return min(moment.esr for moment in self.curve)

    @property
    def seconds(self) -> float:
        return self.curve[-1].seconds


@dataclass(frozen=True)
class Capture:
    """What was learned of an amp.

    Attributes:
        learned: the networks, the smallest first; one unless the size is `a2`.
        reports: of the pairs.
        takes: the aligned pairs at 48 kHz, with the spans that were held out.
        plan: of the knobs, or None.
        options: what was asked for.
        floor: the error that noise alone leaves, as predicted from the pairs.
    """

    learned: tuple[Learned, ...]
    reports: tuple[PairReport, ...]
    takes: tuple[Take, ...]
    plan: KnobPlan | None
    options: CaptureOptions
    floor: float

    @property
    def best(self) -> Learned:
        """The largest network."""
        return self.learned[-1]

    @property
    def minutes(self) -> float:
        """Of learning, of all networks."""
        return sum(one.seconds for one in self.learned) / 60

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the training showed of the takes: whether they were soon known by heart."""
        curve = self.best.curve
        best = min(curve, key=lambda moment: moment.esr)
        if best.seconds >= EARLY * curve[-1].seconds or curve[-1].esr <= BY_HEART * best.esr:
            return ()
        message = (
            f"the model was best after {best.seconds / 60:.2g} of {curve[-1].seconds / 60:.2g} minutes: "
            "record more, or more varied playing"
        )
        return (Finding("little-to-learn-from", "warning", message),)


def capture(
    pairs: Sequence[tuple[Recording, Recording]],
    options: CaptureOptions | None = None,
    plan: KnobPlan | None = None,
    watch: Watch | None = None,
    resume_at: Path | None = None,
) -> Capture:
    """The amp that makes the second take of each pair of the first.

    Args:
        pairs: DI and reamped take, files or buffers of any rate; several only with a `plan` of the knobs.
        plan: where the knobs stood, one setting per pair.
        watch: told how it goes: when a network is about to be trained or taken up, and after each step.
        resume_at: folder that keeps the run, for an interrupted one to go on from; whoever has written what came out
            calls `forget_progress`.

    Raises:
        AudioError: when a take cannot be read.
        CaptureError: when a pair cannot be learned from, or the file holds another run.
        EngineError: when the device cannot be used.
        OptionError: when there are not as many settings as pairs.
    """
    options = options or CaptureOptions()
    n_settings = len(plan.settings) if plan else 0
    if len(pairs) != (n_settings or 1):
        raise OptionError(f"there are {len(pairs)} pairs and {n_settings} knob settings: give each pair one --knob")
    reports = tuple(_usable(*pair) for pair in pairs)
    takes = tuple(_take(report, plan, index) for index, report in enumerate(reports))
    floor = float(np.mean([report.predicted_esr_floor for report in reports]))
    is_measured = all(report.quality.is_floor_measured for report in reports)
    learned: list[Learned] = []
    begun = 0.0
    for index, (name, share) in enumerate(_networks(options, plan)):
        nam = fresh_nam(name, CAPTURE_RATE, options.seed + index, len(plan.names) if plan else 0)
        trainer = Trainer(nam, list(takes), _training_options(options, share, floor if is_measured else None))
        tell = _tell(watch, name, (begun, share))
        keeper = None if resume_at is None else Keeper(trainer, resume_at / (name + SUFFIX), _identity(takes, options))
        learned.append(_learn(name, trainer, tell, keeper))
        begun += share
    return Capture(tuple(learned), reports, takes, plan, options, floor)


def _networks(options: CaptureOptions, plan: KnobPlan | None) -> list[tuple[str, float]]:
    """The sizes to train, the smallest first, with their shares of the time."""
    if options.size != A2:
        return [(options.size, 1.0)]
    names = [name for _, name in A2_PARTS]
    return list(zip(names, A2_SHARES, strict=True)) if plan is None else [(names[-1], 1.0)]


def _usable(di: Recording, reamped: Recording) -> PairReport:
    """What is known about a pair.

    Raises:
        CaptureError: when it cannot be learned from.
    """
    report = check_pair(di, reamped)
    for finding in report.findings:
        if finding.severity == "error":
            raise CaptureError(finding.message)
    return report


def _take(report: PairReport, plan: KnobPlan | None, index: int) -> Take:
    """The aligned pair at the model's rate, as far as both takes go, with what is held out of it."""
    both = np.stack([report.pair.di, report.straight]).astype(np.float32)
    audio, truth = resample(AudioBuffer(both, report.pair.rate), CAPTURE_RATE).samples
    knobs = np.array(plan.settings[index] if plan else (), np.float32)
    return Take(np.ascontiguousarray(audio), np.ascontiguousarray(truth), choose_held_out(truth, CAPTURE_RATE), knobs)


def _training_options(options: CaptureOptions, share: float, floor: float | None) -> TrainingOptions:
    """The training of one network; it ends at the floor of the noise only where that was measured in every pair."""
    return TrainingOptions(
        seconds=share * options.seconds,
        n_epochs=options.n_epochs,
        floor=None if floor is None else FLOOR_MARGIN * floor,
        n_threads=options.n_threads,
        device=options.device,
        seed=options.seed,
        loss=options.loss,
    )


def _learn(name: str, trainer: Trainer, tell: Tell, keeper: Keeper | None) -> Learned:
    """Trains one network to the end; one that is interrupted is kept first."""
    tell(0.0, trainer.progress, ())
    if keeper is not None:
        keeper.load()

    def watch(share: float, progress: Progress) -> None:
        is_look = bool(progress.curve) and progress.curve[-1].n_steps == progress.n_steps
        tell(share, progress, keeper.save() if keeper is not None and is_look else ())

    try:
        progress = trainer.run(watch)
    except KeyboardInterrupt:
        if keeper is not None:
            keeper.save()
        raise
    return Learned(name, trainer.nam, tuple(progress.curve), trainer.n_epochs, trainer.is_at_floor)


def _tell(watch: Watch | None, part: str, place: tuple[float, float]) -> Tell:
    """What the trainer tells, in shares of the whole capture: this part begins at the first, and takes the second."""
    begun, share = place

    def tell(done: float, progress: Progress, findings: tuple[Finding, ...]) -> None:
        if watch is not None:
            watch(Look(begun + share * done, part, tuple(progress.curve), findings))

    return tell


def _identity(takes: Sequence[Take], options: CaptureOptions) -> str:
    """What tells a run from others: the samples, and the options that change what is learned."""
    told = hashlib.sha256(repr(replace(options, gear=Gear(), n_threads=1)).encode())
    for take in takes:
        for array in (take.audio, take.truth, take.knobs):
            told.update(array.tobytes())
    return told.hexdigest()
