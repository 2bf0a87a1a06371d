"""The runtime: every network of mixassist runs here, on whichever engine is fastest and right on this machine.

Task:
    A model is a folder (`Artifact`); opened on an engine it is a `Session` that maps named arrays to named arrays.

Conventions:
    Arrays carry a batch axis here: [B, C, T] or [B, ..., F, T], float32. STFT and inverse STFT stay outside the graph.
    A session keeps no musical state: states are named tensors that go in and come out again as `<name>_out`. A stream
    carries them from block to block, and is [C, T] for its host.

References:
    ONNX opset 18; docs/decisions/0003 (STFT outside the graph) and 0004 (artifacts without pickle).
"""

from mixassist.runtime.artifact import Artifact, load_artifact
from mixassist.runtime.session import Session, open_session
from mixassist.runtime.spec import ModelSpec
from mixassist.runtime.streaming.stream import open_stream

__all__ = ["Artifact", "ModelSpec", "Session", "load_artifact", "open_session", "open_stream"]
