"""A random texture, small enough to be made on the spot."""

from __future__ import annotations

import torch

from transfer.texture.design import TextureDesign
from transfer.texture.net import TextureNet

TINY = TextureDesign(n_rising=(8, 8, 8), n_latent=4, encoder_dilations=(1,), decoder_dilations=(1, 3), n_decoder=8)


def tiny_net() -> TextureNet:
    """A random network."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return TextureNet(TINY).eval()
