"""The loss that the network of restoration is trained with.

This module is a door of torch.

Conventions: P the parts that may be taken (tail, noise), N points; powers are shares of the energy of what is heard.
"""

from __future__ import annotations

from torch import Tensor

from separation.restoration.batches import Points

TAKEN_FLOOR = 0.02
"""Of what is heard: errors 17 dB below it are good enough where there is a part to take."""

HARM_FLOOR = 0.003
"""The same where there is none. With this floor for all, what is not there outweighed what is in a network that had yet
to learn, and it learned to take nothing from any sound."""

HARM_WEIGHT = 2.0
"""How much a part that is not there counts against one that is."""

PART_WEIGHTS = (1.0, 0.25)
"""Tails are harder to tell than noise."""

QUIET_WEIGHT = 0.3


def restoration_loss(logits: Tensor, points: Points) -> Tensor:
    """Error of the shares softmax(`logits`) [S, N] on the parts of what is heard.

    Each of tail and noise is taken away by itself, as people will: the energy of the complex error of what is taken,
    against that of the part, which is what the SDR counts, on a logarithmic scale; and the same with each bin weighed
    by the inverse root of its power, which hears quiet bins too. Squared errors ask for the mean of what a bin may
    hold. The tail of a sound that is not dry is not known, and not asked for.

    With a share s, a spectrum X and a part Y of it, |s X - Y|² = s² |X|² - 2 s Re(X Y*) + |Y|².
    """
    share = logits.softmax(dim=0)[1:, None]
    error = (share.square() * points.power - 2 * share * points.common + points.parts).sum(dim=-1)
    size = points.parts.sum(dim=-1)
    is_there = (size > 0).float()
    floor = HARM_FLOOR + (TAKEN_FLOOR - HARM_FLOOR) * is_there
    weight = HARM_WEIGHT + (1 - HARM_WEIGHT) * is_there
    losses = weight * ((error + floor) / (size + floor)).log()
    over_views = losses[:, 0] + QUIET_WEIGHT * losses[:, 1]
    weights = (PART_WEIGHTS[0] if points.is_dry else 0.0, PART_WEIGHTS[1])
    return weights[0] * over_views[0] + weights[1] * over_views[1]
