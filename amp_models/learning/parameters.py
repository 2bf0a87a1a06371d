"""A network's parameters: one flat vector in the order of its file, seen as matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Places = NDArray[np.intp]
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Layout:
    """The shapes of a network's parameters, in the order in which they lie in the vector."""

    shapes: tuple[tuple[int, ...], ...]

    @property
    def n_weights(self) -> int:
        return sum(map(prod, self.shapes))

    def views(self, vector: NDArray[Number]) -> list[NDArray[Number]]:
        """The vector's parts in their shapes; what is written to them is written to the vector."""
        views, start = [], 0
        for shape in self.shapes:
            end = start + prod(shape)
            views.append(vector[start:end].reshape(shape))
            start = end
        return views

    def places(self) -> list[Places]:
        """Where each parameter lies in the vector, in its shape."""
        return [view.astype(np.intp) for view in self.views(np.arange(self.n_weights))]


def beside(*parts: Places) -> Places:
    """One matrix [n_out, …] of places: what makes the same outputs, biases as further columns, belongs together."""
    return np.concatenate([part.reshape(part.shape[0], -1) for part in parts], axis=1)


def stacked(matrices: Sequence[Places]) -> list[Places]:
    """Matrices of one shape together, [n, rows, columns] for each shape, so that they can be worked on at once."""
    shapes = dict.fromkeys(matrix.shape for matrix in matrices)
    return [np.stack([matrix for matrix in matrices if matrix.shape == shape]) for shape in shapes]
