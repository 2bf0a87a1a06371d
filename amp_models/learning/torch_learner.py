"""Any network in training, by torch: what our own arithmetic is held to, and what trains on a GPU.

This module is a door of torch.
"""

from __future__ import annotations

import threading

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from amp_models.learning.learner import Judge, Learner, Signal, open_learner
from amp_models.learning.parameters import Places, Vector
from amp_models.nam.format import Nam
from amp_models.nam.net import unsettled_layer, weights_by_name
from mixassist.errors import EngineError


class TorchLearner:
    """A network as `Learner`, on a device of torch; on a GPU the layers compute in bfloat16.

    Its layers are those that play it, which know their pasts as states: fed from silence they answer every sample, and
    the first `n_past` answers are thrown away.

    Raises:
        EngineError: when torch cannot use the device.
        ModelError: when the network is of a kind that is not trained here.
    """

    def __init__(self, nam: Nam, device: str = "cpu") -> None:
        twin: Learner = open_learner(nam)
        self.weights: Vector = twin.weights
        self.matrices: list[Places] = twin.matrices
        self.n_past = twin.n_past
        self._device = torch.device(device)
        if self._device.type == "cuda" and not torch.cuda.is_available():
            raise EngineError("torch finds no NVIDIA GPU here: leave the device out, or install torch with CUDA")
        self._own = _Own(nam, self._device)

    def play(self, audio: Signal, knobs: Signal) -> Signal:
        with torch.inference_mode():
            answer: Signal = self._answer(self._vector(), audio, knobs).cpu().numpy()
        return answer

    def learn(self, audio: Signal, knobs: Signal, judge: Judge, gradient: Vector) -> None:
        vector = self._vector().requires_grad_()
        answer = self._answer(vector, audio, knobs)
        of_answer = torch.from_numpy(judge(answer.detach().cpu().numpy())).to(self._device)
        (found,) = torch.autograd.grad(answer, vector, of_answer)
        gradient += found.cpu().numpy()

    def _vector(self) -> Tensor:
        return torch.from_numpy(self.weights.copy()).to(self._device)

    def _answer(self, vector: Tensor, audio: Signal, knobs: Signal) -> Tensor:
        """Answers [T - n_past] in float32."""
        fed = np.concatenate([audio[None], np.repeat(knobs[:, None], audio.size, axis=1)]).astype(np.float32)
        x = torch.from_numpy(fed[None]).to(self._device)
        layer = self._own.layer
        states = tuple(state.to(self._device) for state in layer.zeros())
        weights = weights_by_name(layer, vector)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda"):
            answer: Tensor = functional_call(layer, weights, (x, *states))[0]
        return answer[0, 0, self.n_past :].float()


class _Own(threading.local):
    """The layers, each thread its own: a call with other weights puts them into the layers while it lasts."""

    def __init__(self, nam: Nam, device: torch.device) -> None:
        self.layer = unsettled_layer(nam).to(device)
