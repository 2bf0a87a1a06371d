"""Steppers on torch: tensors that stay where they are, on a GPU one CUDA graph per step (door: torch).

A small network on a GPU spends its time launching kernels. Recorded as a graph, the copies in, the network, the new
states and the copies out are launched at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mixassist.errors import EngineError
from mixassist.runtime.doors.cuda_memory import collection_paused

if TYPE_CHECKING:
    import torch

    from mixassist.runtime.doors.torch_session import TorchSession
    from mixassist.runtime.spec import TensorSpec

N_WARM_UP = 3
"""Runs before recording: libraries choose their algorithms and take their memory in the first ones."""


class TorchStepper:
    """Steps as torch goes, layer by layer.

    Raises:
        EngineError: when the network cannot run blocks of this length.
    """

    def __init__(self, session: TorchSession, n_frames: int, n_batch: int) -> None:
        self._session = session
        spec = session.spec

        def zeros(tensors: tuple[TensorSpec, ...], device: str) -> dict[str, torch.Tensor]:
            shapes = {tensor.name: tensor.sized(n_batch, n_frames) for tensor in tensors}
            return {name: _zeros(shape, device, session.device) for name, shape in shapes.items()}

        try:
            self._given, self._taken = zeros(spec.inputs, "cpu"), zeros(spec.outputs, "cpu")
            self._fed, self._states = zeros(spec.inputs, session.device), zeros(spec.states, session.device)
            self._compute()
        except RuntimeError as error:
            is_block = spec.states or spec.has_free_length
            what = f"blocks of {n_frames} frames" if is_block else f"batches of {n_batch}"
            raise engine_error(what, error) from error
        self.inputs = {name: tensor.numpy() for name, tensor in self._given.items()}
        self.outputs = {name: tensor.numpy() for name, tensor in self._taken.items()}
        self.reset()

    def step(self) -> None:
        self._compute()

    def reset(self) -> None:
        for state in self._states.values():
            state.zero_()

    def _compute(self) -> None:
        for name, tensor in self._fed.items():
            tensor.copy_(self._given[name], non_blocking=True)
        found = self._session.compute([*self._fed.values(), *self._states.values()])
        for held, new in zip([*self._taken.values(), *self._states.values()], found, strict=True):
            held.copy_(new, non_blocking=True)


class CudaStepper(TorchStepper):
    """Steps by replaying a CUDA graph; as torch goes where the network cannot be recorded."""

    def __init__(self, session: TorchSession, n_frames: int, n_batch: int) -> None:
        super().__init__(session, n_frames, n_batch)
        self._graph = self._record()
        self.reset()

    @property
    def is_recorded(self) -> bool:
        """Whether steps replay a graph."""
        return self._graph is not None

    def step(self) -> None:
        """One block further.

        Raises:
            EngineError: when the GPU fails.
        """
        import torch

        try:
            if self._graph is None:
                self._compute()
            else:
                self._graph.replay()
            torch.cuda.current_stream().synchronize()
        except RuntimeError as error:
            raise engine_error("this block", error) from error

    def _record(self) -> torch.cuda.CUDAGraph | None:
        """The step as a graph; None when the network does what cannot be recorded, such as waiting for the GPU."""
        import torch

        graph = torch.cuda.CUDAGraph()
        try:
            aside = torch.cuda.Stream()
            aside.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(aside):
                for _ in range(N_WARM_UP):
                    self._compute()
            torch.cuda.current_stream().wait_stream(aside)
            # Other threads, such as the one that plays meanwhile, may go on using the GPU.
            with collection_paused(), torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self._compute()
        except RuntimeError:
            return None
        return graph


def engine_error(what: str, error: RuntimeError) -> EngineError:
    """What torch said about `what`, in one line."""
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return EngineError(f"torch refuses {what} ({reason}): choose another length or engine, or free the GPU")


def _zeros(shape: tuple[int, ...], device: str, computes_on: str) -> torch.Tensor:
    """Zeros on `device`; in host memory that a GPU reaches by itself where one computes."""
    import torch

    return torch.zeros(shape, device=device, pin_memory=device == "cpu" and computes_on == "cuda")
