"""Denoising: recordings without clicks, hum and hiss.

Task: `denoise` takes the noise away from a buffer, `denoise_file` from a file of any length.

Conventions: outputs have the input's rate, channels, frames and time position; clean + noise = input. What is steady,
or over at once, is noise; what lives is music. All channels' hiss and hum are found together, so that the image stays.

References: see `separation.denoising.click_finding`, `separation.denoising.mains`, `separation.denoising.noise_floor`
and `separation.denoising.wiener`.
"""

from separation.denoising.noise_removal import Denoised, denoise, denoise_file
from separation.denoising.options import DenoiseOptions

__all__ = ["DenoiseOptions", "Denoised", "denoise", "denoise_file"]
