"""`TextureDesign`: how large the network of a texture is, and how far it looks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mixassist.errors import ModelError

KIND = "texture"
RATE = 48000


@dataclass(frozen=True)
class TextureDesign:
    """Sizes of the network.

    Attributes:
        n_bands: that sound is split into, each at 1 / n_bands of the rate.
        n_taps: length of the filters that split it.
        n_rising: channels behind each halving of the rate, one after the other; as many on the way back.
        n_latent: numbers per frame that all sound passes through.
        encoder_dilations: in frames, of the layers before the latent.
        decoder_dilations: and behind it.
        n_decoder: channels behind the latent.
        n_ahead: frames to come that the decoder waits for.
        blur: deviation of the noise that is added to the latent in training; its numbers lie between -1 and 1.
    """

    n_bands: int = 16
    n_taps: int = 96
    n_rising: tuple[int, ...] = (48, 80, 128)
    n_latent: int = 24
    encoder_dilations: tuple[int, ...] = (1, 3)
    decoder_dilations: tuple[int, ...] = (1, 3, 9, 27)
    n_decoder: int = 192
    n_ahead: int = 2
    blur: float = 0.15

    @property
    def bands_per_frame(self) -> int:
        """Samples of a band that become one frame."""
        return int(2 ** len(self.n_rising))

    @property
    def frame(self) -> int:
        """Samples of sound that become one frame."""
        return self.n_bands * self.bands_per_frame

    def to_dict(self) -> dict[str, Any]:
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: Any) -> TextureDesign:
        """Undoes `to_dict`.

        Raises:
            ModelError: when it is no such thing.
        """
        try:
            told: dict[str, Any] = dict(data)
            told |= {key: tuple(value) for key, value in told.items() if isinstance(value, list)}
            return cls(**told)
        except (TypeError, ValueError) as error:
            raise ModelError(f"the design of the texture cannot be read ({error}): train it again") from error
