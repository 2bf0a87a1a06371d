"""mixassist: stems, mix advice and captured sound for musicians."""

from mixassist.audio import AudioBuffer, read_audio, write_audio
from mixassist.errors import MixassistError
from mixassist.suggest.inspection import Inspection, inspect

__version__ = "0.1.0"

__all__ = [
    "AudioBuffer",
    "Inspection",
    "MixassistError",
    "__version__",
    "inspect",
    "read_audio",
    "write_audio",
]
