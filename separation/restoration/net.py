"""The network of restoration: views of a spectrum in, shares of sound, tail and noise out.

Rooms and noises treat all frequencies much alike, so all bins share one small network: a thousand times as much to
learn from as for weights of their own. It looks at how the level of a bin went, at the bins beside it, at what the
other views say of it, and at how levels fell of late in its band and in all of them, which tells of the room. It may
look ahead: the shares it gives with frame t are then those of frame t - `n_ahead`, and streams declare that much more
latency.

This module is a door of torch: import it only where a network is built.

Conventions: V views, S parts, F bins, T frames, K bands, D what is looked at, N bins of frames.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from mixassist.runtime import Artifact, ModelSpec
from mixassist.runtime.artifact import WEIGHTS
from mixassist.runtime.spec import TensorSpec
from separation.net import compress
from separation.restoration.stream import KIND, PARTS
from separation.restoration.views import ALL, N_VIEWS, TOGETHER
from separation.songs import RATE

SILENCE = math.log(0.03)
"""Level of silence."""

HEARD = 2.0
"""Level from which a bin is heard, 17 dB above silence: it may be told how far it fell."""

FIRST_DOUBT = -1.5
"""Logit of tail and noise before anything was learned."""


@dataclass(frozen=True)
class RestorationNetOptions:
    """Size of a network, and what it looks at.

    Attributes:
        n_fft, hop: of the transform it works on.
        n_ahead: frames that it looks ahead.
        offsets: frames before the one that is judged (negative: after it) whose level is looked at.
        beside: bins beside the one that is judged whose level is looked at.
        band_edges: bins at which bands begin, and the last one ends; what lies above belongs to it, but is not counted.
        fall_frames: over how many frames it is told how far a level fell.
        falls: how far it must have fallen to count, in nepers; one count each.
        memory_s: for how long falls are remembered.
        n_hidden: width of the two hidden layers.
    """

    n_fft: int = 2048
    hop: int = 512
    n_ahead: int = 8
    offsets: tuple[int, ...] = (-8, -6, -4, -2, -1, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
    beside: tuple[int, ...] = (-2, -1, 1, 2)
    band_edges: tuple[int, ...] = (0, 14, 33, 70, 140, 280, 576)
    fall_frames: int = 4
    falls: tuple[float, ...] = (0.08, 0.16, 0.3, 0.5, 0.8, 1.2, 2.0)
    memory_s: float = 4.0
    n_hidden: int = 64

    @property
    def n_bins(self) -> int:
        return self.n_fft // 2 + 1

    @property
    def lags(self) -> tuple[int, ...]:
        """Frames before the newest one whose level is looked at."""
        return tuple(self.n_ahead + offset for offset in self.offsets if self.n_ahead + offset >= 0)

    @property
    def n_past(self) -> int:
        """Frames before the first one that are looked at."""
        return max(*self.lags, self.fall_frames)

    @property
    def n_counts(self) -> int:
        """What is counted per band: bins that may fall, how far they fell, and on how much channels agree there."""
        return len(self.falls) + 2

    @property
    def n_seen(self) -> int:
        """What is looked at for each bin."""
        return 1 + len(self.lags) + N_VIEWS - 1 + len(self.beside) + 2 * (self.n_counts - 1) + 1

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RestorationNetOptions:
        """Reads what `dataclasses.asdict` gave, also after a trip through JSON."""
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        return cls(**known)


@dataclass(frozen=True)
class Design:
    """A network, and how many frames it is run on at a time."""

    network: RestorationNetOptions
    n_run: int


NETWORK = RestorationNetOptions()
DESIGNS = {"restore": Design(NETWORK, 32), "restore-live": Design(RestorationNetOptions(n_ahead=0), 1)}
"""Offline, 93 ms ahead; and live, 46 ms late at most."""


class RestorationNet(nn.Module):
    """Maps views [1, V, F, T] and states to shares [1, S, 1, F, T] that sum to 1 over the parts, and new states.

    Its states are the last levels [V, n_past, F] and what was counted of falls [1, counts, K]; zeros at the start.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, options: RestorationNetOptions) -> None:
        super().__init__()
        self.options = options
        self.register_buffer("mean", torch.zeros(options.n_seen, 1))
        self.register_buffer("deviation", torch.ones(options.n_seen, 1))
        self.enter = nn.Linear(options.n_seen, options.n_hidden)
        self.middle = nn.Linear(options.n_hidden, options.n_hidden)
        self.leave = nn.Linear(options.n_hidden, len(PARTS))
        nn.init.constant_(self.leave.bias[1:], FIRST_DOUBT)

    def forward(self, views: Tensor, levels: Tensor, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        # Magnitudes are never negative, but the noise that engines are compared with is.
        seen, *states = self.see(views.abs(), levels, counts)
        shares = self.logits(seen.flatten(1)).softmax(dim=0)
        return shares.reshape(len(PARTS), *seen.shape[1:]).swapaxes(1, 2)[None, :, None], states[0], states[1]

    def logits(self, seen: Tensor) -> Tensor:
        """Gives what the softmax over S makes shares of, [S, N], of what is looked at for N bins, [D, N]."""
        hidden = functional.relu(_mapped(self.enter, (seen - self.mean) / self.deviation))
        return _mapped(self.leave, functional.relu(_mapped(self.middle, hidden)))

    def see(self, views: Tensor, levels: Tensor, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gives what is looked at for each bin [D, T, F], and new states. It has nothing to learn."""
        past = torch.cat([levels, compress(views[0].transpose(1, 2)) - SILENCE], dim=1)
        falls, counts = self._falls(past, counts[0])
        return torch.cat([self._levels(past), falls]), past[:, -self.options.n_past :], counts[None]

    def _levels(self, past: Tensor) -> Tensor:
        """The level of each bin, others against it, and where it lies, [..., T, F]; of levels [V, n_past + T, F]."""
        options, n_frames = self.options, past.shape[1] - self.options.n_past
        begin = options.n_past - options.n_ahead
        judged = past[:, begin : begin + n_frames]
        level = judged[ALL]
        others = [past[ALL, options.n_past - lag :][:n_frames] for lag in options.lags]
        others += [judged[view] for view in range(N_VIEWS) if view != ALL]
        reach = max(map(abs, options.beside))
        wide = functional.pad(level, (reach, reach))
        others += [wide[:, reach + beside :][:, : options.n_bins] for beside in options.beside]
        place = torch.log2(torch.arange(options.n_bins) + 1.0).to(level.dtype).expand(level.shape)
        return torch.stack([level, *(other - level for other in others), place])

    def _falls(self, past: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
        """How levels fell of late, in the band of each bin and in all of them, [..., T, F], and the new counts."""
        options, n_frames = self.options, past.shape[1] - self.options.n_past
        now, before = past[ALL, options.n_past :], past[ALL, options.n_past - options.fall_frames :][:n_frames]
        agreed = (past[TOGETHER, options.n_past :] - now).clamp(-3, 0)
        is_heard, fall = (5 * (before - HEARD) + 0.5).clamp(0, 1), before - now
        rows = [torch.ones_like(fall), *(((fall / least - 1) * 5 + 0.5).clamp(0, 1) for least in options.falls)]
        found = torch.stack([*rows, agreed]) * is_heard
        edges = list(zip(options.band_edges[:-1], options.band_edges[1:], strict=True))
        bands = torch.stack([found[..., low:high].sum(dim=-1) for low, high in edges], dim=-1)
        summed = self._remembered(bands, counts)
        of_band, of_all = summed[1:] / (summed[:1] + 30), summed.sum(dim=-1, keepdim=True)
        of_all = (of_all[1:] / (of_all[:1] + 100)).expand(-1, -1, options.n_bins)
        above = (*options.band_edges[1:-1], options.n_bins)
        widths = [high - low for (low, _), high in zip(edges, above, strict=True)]
        spread = [of_band[..., band, None].expand(-1, -1, width) for band, width in enumerate(widths)]
        return torch.cat([torch.cat(spread, dim=-1), of_all]), summed[:, -1]

    def _remembered(self, found: Tensor, counts: Tensor) -> Tensor:
        """Sums [counts, T, K] of what was `found` [counts, T, K] until then, and before; the longer ago the less."""
        frame = torch.arange(found.shape[1])
        keep = torch.tensor(math.exp(-self.options.hop / RATE / self.options.memory_s), dtype=torch.float64)
        age = frame[:, None] - frame
        weights = torch.where(age >= 0, keep ** age.clamp(min=0), 0.0).to(found.dtype)
        faded = (keep ** (frame + 1)).to(found.dtype)[:, None] * counts[:, None]
        return weights @ found + faded


def _mapped(layer: nn.Linear, rows: Tensor) -> Tensor:
    """A linear map [n_out, N] of rows [n_in, N]."""
    mapped: Tensor = layer.weight @ rows + layer.bias[:, None]
    return mapped


def first_states(options: RestorationNetOptions) -> tuple[Tensor, Tensor]:
    """States before the first sound."""
    n_bands = len(options.band_edges) - 1
    return torch.zeros(N_VIEWS, options.n_past, options.n_bins), torch.zeros(1, options.n_counts, n_bands)


def build_restoration(artifact: Artifact) -> RestorationNet:
    """The network of a restoration artifact in evaluation mode; stored in half precision, computed in full."""
    net = RestorationNet(RestorationNetOptions.from_dict(artifact.spec.options["network"]))
    net.load_state_dict({name: value.float() for name, value in load_file(artifact.file(WEIGHTS)).items()})
    return net.eval()


def restoration_spec(design: Design) -> ModelSpec:
    """The declared face of a network. `latency_samples` is that of the transform around it and of looking ahead."""
    options, n_run = design.network, design.n_run
    states = [tuple(state.shape) for state in first_states(options)]
    return ModelSpec(
        kind=KIND,
        rate=RATE,
        n_channels=2,
        inputs=(TensorSpec("views", (1, N_VIEWS, options.n_bins, n_run)),),
        outputs=(TensorSpec("shares", (1, len(PARTS), 1, options.n_bins, n_run)),),
        states=(TensorSpec("past_levels", states[0]), TensorSpec("past_falls", states[1])),
        latency_samples=options.n_fft - options.hop + options.n_ahead * options.hop,
        block_multiple=n_run * options.hop,
        options={
            "stems": list(PARTS),
            "n_fft": options.n_fft,
            "hop": options.hop,
            "n_ahead": options.n_ahead,
            "segment": n_run * options.hop,
            "network": asdict(options),
        },
    )
