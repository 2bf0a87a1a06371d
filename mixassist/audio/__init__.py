"""Audio in memory, in files and in blocks.

Task: files become `AudioBuffer`s or streams of blocks, and blocks become files, with exact frame counts.
Conventions: samples are float32 [C, T], full scale at ±1; memory never grows with a file's length in block form.
References: EBU Tech 3285 (WAV) and 3306 (RF64); Lipshitz et al. 1992 (dither).
"""

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.files import probe_audio, read_audio, read_blocks
from mixassist.audio.writer import AudioWriter, write_audio

__all__ = ["AudioBuffer", "AudioWriter", "probe_audio", "read_audio", "read_blocks", "write_audio"]
