"""`ModelSpec`: what a network takes, gives back and needs to know about audio, in plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import ModelError


@dataclass(frozen=True)
class TensorSpec:
    """One input, output or state tensor.

    `shape` has `None` where the length is free: for the batch, and for the time of networks that take any block.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"

    def with_frames(self, n_frames: int | None) -> TensorSpec:
        """This tensor with `n_frames` for every free axis but the batch."""
        return replace(self, shape=(*self.shape[:1], *(n_frames if n is None else n for n in self.shape[1:])))

    def sized(self, n_items: int, n_frames: int | None) -> tuple[int, ...]:
        """The shape with `n_items` for a free axis 0 and `n_frames` for every other free axis.

        Raises:
            ModelError: when an axis other than the batch is free and `n_frames` is None.
        """
        lengths = [n_items if n is None and axis == 0 else n for axis, n in enumerate(self.with_frames(n_frames).shape)]
        if None in lengths:
            raise ModelError(f"tensor {self.name!r} has the free shape {self.shape}: say how many frames a block has")
        return tuple(length for length in lengths if length is not None)

    def check(self, array: NDArray[Any]) -> None:
        """Refuses an array that does not fit this tensor.

        Raises:
            ModelError: for another dtype, rank or length than declared.
        """
        if array.dtype != np.dtype(self.dtype):
            raise ModelError(f"tensor {self.name!r} is {array.dtype}: the model takes {self.dtype}")
        fits = len(array.shape) == len(self.shape) and all(
            want is None or have == want for have, want in zip(array.shape, self.shape, strict=True)
        )
        if not fits:
            raise ModelError(f"tensor {self.name!r} has shape {array.shape}: the model takes {self.shape}")


@dataclass(frozen=True)
class ModelSpec:
    """The declared face of a network.

    `kind` names the family (`htdemucs`, `lite`, ...): it chooses the code before and after the network.
    `states` are inputs that come out again under `<name>_out`; they start as zeros.
    `options` holds what only the family knows (stems, FFT size, segment length); plain JSON values. A streaming network
    may have inputs besides its audio that are turned by hand: under `controls`, each by its name with a default value
    per channel, 0 to 1.
    """

    kind: str
    rate: int
    n_channels: int
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    states: tuple[TensorSpec, ...] = ()
    latency_samples: int = 0
    block_multiple: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fed(self) -> tuple[TensorSpec, ...]:
        """Every tensor a session is given, in the network's order: inputs, then states."""
        return self.inputs + self.states

    @property
    def returned(self) -> tuple[TensorSpec, ...]:
        """Every tensor a session gives back, in the network's order: outputs, then the new states."""
        return self.outputs + tuple(replace(state, name=f"{state.name}_out") for state in self.states)

    @property
    def controls(self) -> Mapping[str, Sequence[float]]:
        """Inputs that are turned rather than heard, each with a default value per channel."""
        controls: Mapping[str, Sequence[float]] = self.options.get("controls", {})
        return controls

    @property
    def sounds(self) -> tuple[TensorSpec, ...]:
        """The inputs that are heard: all but the controls."""
        return tuple(tensor for tensor in self.inputs if tensor.name not in self.controls)

    @property
    def has_free_batch(self) -> bool:
        """Whether every tensor leaves its axis 0, the batch, free."""
        return all(tensor.shape and tensor.shape[0] is None for tensor in self.fed + self.returned)

    @property
    def has_free_length(self) -> bool:
        """Whether the network takes blocks of any multiple of its own: it hears one input, and that is free in time."""
        return len(self.sounds) == 1 and not self.has_fixed_shapes

    @property
    def has_fixed_shapes(self) -> bool:
        """Whether no axis but the batch is free."""
        return all(None not in tensor.shape[1:] for tensor in self.fed)

    def with_frames(self, n_frames: int | None) -> ModelSpec:
        """The face of the network once an engine has compiled it for blocks of `n_frames`; None changes nothing."""
        inputs, outputs, states = (
            tuple(tensor.with_frames(n_frames) for tensor in tensors)
            for tensors in (self.inputs, self.outputs, self.states)
        )
        return replace(self, inputs=inputs, outputs=outputs, states=states)

    def check_frames(self, n_frames: int) -> None:
        """Refuses a block length the network cannot take.

        Raises:
            ModelError: when it is no multiple of `block_multiple`.
        """
        if n_frames < 1 or n_frames % self.block_multiple:
            raise ModelError(
                f"a block of {n_frames} frames does not fit a {self.kind} network: it takes multiples of"
                f" {self.block_multiple}"
            )

    def check_inputs(self, inputs: Mapping[str, NDArray[Any]]) -> None:
        """Refuses inputs the network cannot take.

        Raises:
            ModelError: for a missing or unknown name, a wrong dtype or shape, or batches of different size.
        """
        wanted = [tensor.name for tensor in self.fed]
        if set(inputs) != set(wanted):
            raise ModelError(f"tensors given are {sorted(inputs)}: the model takes {sorted(wanted)}")
        for tensor in self.fed:
            tensor.check(inputs[tensor.name])
        if self.has_free_batch:
            sizes = {tensor.name: len(inputs[tensor.name]) for tensor in self.fed}
            if len(set(sizes.values())) != 1:
                raise ModelError(f"tensors hold batches of different size, {sizes}: give every tensor the same batch")

    def count_items(self, inputs: Mapping[str, NDArray[Any]]) -> int:
        """How many items a batch of inputs holds; 1 for a network without a batch."""
        return len(inputs[self.fed[0].name]) if self.has_free_batch else 1

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"options": dict(self.options)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModelSpec:
        """Reads what `to_dict` wrote.

        Raises:
            ModelError: when a field is missing, unknown or of the wrong shape.
        """
        try:
            tensors = {key: tuple(map(_tensor, data.get(key, ()))) for key in ("inputs", "outputs", "states")}
            return cls(**{**data, **tensors})
        except (TypeError, KeyError, AttributeError) as error:
            raise ModelError(f"model spec cannot be read ({error}): the model was made by another version") from error


def _tensor(item: Mapping[str, Any]) -> TensorSpec:
    return TensorSpec(name=item["name"], shape=tuple(item["shape"]), dtype=item.get("dtype", "float32"))
