"""mixassist: stems, mix advice and captured sound for musicians."""

from mixassist.audio import AudioBuffer, read_audio, write_audio
from mixassist.errors import MixassistError

__version__ = "0.1.0"

__all__ = ["AudioBuffer", "MixassistError", "__version__", "read_audio", "write_audio"]
