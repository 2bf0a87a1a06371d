"""Training of one network: pieces become steps until the time is up or nothing more can be learned.

Task:
    Draw pieces, add up their gradients, step; now and then play what was held out and keep the best weights. The rate
    of learning falls along a cosine to nothing at the end of the budget, whatever that is: a short training is a good
    short one. What is played and kept is the running average of the weights, and looks are dense in the beginning:
    little material is soon known by heart, and then the best model is an early one.

Conventions:
    Time is that of learning alone, in seconds of the clock that is asked for; what it takes to play the held-out part
    is not counted. The error is the error-to-signal ratio of the whole held-out part.

References:
    I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017 (the cosine);
    B. Polyak, A. Juditsky, "Acceleration of stochastic approximation by averaging", SIAM J. Control 30(4), 1992.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from amp_models.learning.interrupts import held_interrupts
from amp_models.learning.learner import Learner, open_learner
from amp_models.learning.loss import Loss, LossOptions
from amp_models.learning.material import Material, Piece, Take
from amp_models.learning.parameters import Vector
from amp_models.learning.soap import Soap
from amp_models.nam.format import Nam
from amp_models.nam.scaling import scaled
from mixassist.errors import CaptureError

N_JUDGED = {"WaveNet": 8192, "LSTM": 2048}
"""Samples of a piece that are judged: enough to bear the past that goes before them, few enough for many steps."""

N_EPOCHS_OF_SHORT, N_SHORT = 40, 30 * 48000
"""How often up to half a minute is heard at most when seconds are the budget; longer takes more often in proportion.

Ten seconds through a compressor were learned to 0.028 to 0.031 after 30 to 60 epochs, and to 0.034 in as much time as
there was.
"""

N_JUDGED_CUDA = 65536
"""On a GPU, which is idle with less."""


@dataclass(frozen=True)
class TrainingOptions:
    """How long and how a network is trained.

    Attributes:
        seconds: of learning, fewer where there is little to learn from; `n_epochs` is instead of them, an epoch being
            as many samples as there are.
        floor: error at which training ends early, for only noise is left; None to go on.
        rate: of learning, at its highest.
        n_pieces: pieces per step.
        n_looks: times that the held-out part is played, the k-th after (k / n_looks)² of the budget.
        average_decay: of the running average of the weights, per step; in the beginning it is shorter.
        clock: seconds that count; wall time, or `time.process_time` to compare with others.
    """

    seconds: float = 300.0
    n_epochs: float | None = None
    floor: float | None = None
    rate: float = 0.01
    n_pieces: int = 2
    n_warmup_steps: int = 20
    n_looks: int = 32
    average_decay: float = 0.998
    n_threads: int = 2
    device: str = "cpu"
    seed: int = 0
    loss: LossOptions = field(default_factory=LossOptions)
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class Moment:
    """A look at the held-out part: seconds of learning so far, steps, and the error there."""

    seconds: float
    n_steps: int
    esr: float


@dataclass
class Progress:
    """Everything a run has come to, which `checkpoint` keeps; `weights` are the learner's own."""

    weights: Vector
    average: NDArray[np.float64]
    best_weights: Vector
    optimiser: Soap
    rng: np.random.Generator
    seconds: float = 0.0
    n_steps: int = 0
    curve: list[Moment] = field(default_factory=list)

    @property
    def best_esr(self) -> float:
        return min((moment.esr for moment in self.curve), default=math.inf)


Watch = Callable[[float, Progress], None]
"""Told after each step what share of the work is done, 0 to 1, and how things stand."""


class Trainer:
    """One run over some takes, from a network's weights to better ones."""

    def __init__(self, nam: Nam, takes: list[Take], options: TrainingOptions = TrainingOptions()) -> None:
        self.options = options
        self._learner: Learner = open_learner(nam, options.device)
        n_judged = N_JUDGED[nam.architecture] if options.device == "cpu" else N_JUDGED_CUDA
        self._nam, self._n_judged = nam, n_judged
        self._material = Material(takes, self._learner.n_past, n_judged)
        self._loss = Loss(self._material.power, options.loss)
        self._held_out = self._material.held_out()
        weights = self._learner.weights
        optimiser = Soap(self._learner.matrices, weights.size)
        self.progress = Progress(
            weights, weights.astype(np.float64), weights.copy(), optimiser, np.random.default_rng(options.seed)
        )

    @property
    def nam(self) -> Nam:
        """The network with the best weights so far, at the level of the takes."""
        return scaled(replace(self._nam, weights=self.progress.best_weights.copy()), 1 / self._material.gain)

    @property
    def share_done(self) -> float:
        """How much of the budget is spent, 0 to 1."""
        options, progress = self.options, self.progress
        if options.n_epochs is None:
            n_most = N_EPOCHS_OF_SHORT * max(1.0, self._material.n_learned / N_SHORT)
            return min(max(progress.seconds / options.seconds, self.n_epochs / n_most), 1.0)
        return min(self.n_epochs / options.n_epochs, 1.0)

    @property
    def n_epochs(self) -> float:
        """How often as many samples as there are were judged."""
        return self.progress.n_steps * self.options.n_pieces * self._n_judged / self._material.n_learned

    @property
    def is_at_floor(self) -> bool:
        floor = self.options.floor
        return floor is not None and self.progress.best_esr <= floor

    def run(self, watch: Watch | None = None) -> Progress:
        """Trains until the budget is spent or the floor is reached; may be interrupted, and called again.

        An interrupt waits for the end of a step and its look, so that what it leaves is where the next step begins.

        Raises:
            CaptureError: when the error on what was held out is no number any more.
        """
        progress = self.progress
        with one_thread_each(), ThreadPoolExecutor(self.options.n_threads) as pool:
            while self.share_done < 1 and not self.is_at_floor:
                with held_interrupts():
                    self._step(pool)
                    if math.sqrt(self.share_done) * self.options.n_looks >= len(progress.curve) + 1:
                        self._look()
                if watch is not None:
                    watch(self.share_done, progress)
        return progress

    def _step(self, pool: ThreadPoolExecutor) -> None:
        progress, options = self.progress, self.options
        began = options.clock()
        pieces = [self._material.draw(progress.rng) for _ in range(options.n_pieces)]
        gradient: Vector = np.mean(list(pool.map(self._gradient, pieces)), axis=0)
        progress.optimiser.step(progress.weights, gradient, self._rate())
        progress.n_steps += 1
        decay = min(options.average_decay, (1 + progress.n_steps) / (10 + progress.n_steps))
        progress.average += (1 - decay) * (progress.weights - progress.average)
        progress.seconds += options.clock() - began

    def _gradient(self, piece: Piece) -> Vector:
        gradient: Vector = np.zeros_like(self.progress.weights)
        judge = partial(self._along, truth=piece.truth)
        self._learner.learn(piece.audio, piece.knobs, judge, gradient)
        return gradient

    def _along(self, answer: NDArray[np.float32], truth: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._loss.judge(answer, truth)[1]

    def _rate(self) -> float:
        warm = min(1.0, (self.progress.n_steps + 1) / self.options.n_warmup_steps)
        return self.options.rate * warm * 0.5 * (1 + math.cos(math.pi * self.share_done))

    def _look(self) -> None:
        """Plays the held-out part with the average of the weights, and keeps that if nothing was better."""
        progress = self.progress
        walking = progress.weights.copy()
        progress.weights[:] = progress.average
        try:
            esr = self._esr()
            if not math.isfinite(esr):
                raise CaptureError(
                    f"after {progress.n_steps} steps the error is {esr}, the training ran away: "
                    "leave --spectral and --pre-emphasis out, or take another --size"
                )
            if esr < progress.best_esr:
                progress.best_weights = progress.weights.copy()
        finally:
            # Also when the error is no number: what is kept then must be where the walk stands.
            progress.weights[:] = walking
        progress.curve.append(Moment(progress.seconds, progress.n_steps, esr))

    def _esr(self) -> float:
        """Error over signal of all that was held out, not the mean of ratios."""
        error = signal = 0.0
        for piece in self._held_out:
            answer = self._learner.play(piece.audio, piece.knobs).astype(np.float64)
            error += float(np.sum((answer - piece.truth) ** 2))
            signal += float(np.sum(piece.truth.astype(np.float64) ** 2))
        return error / max(signal, 1e-30)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Keeps the libraries of linear algebra from starting threads of their own: pieces run side by side already."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
