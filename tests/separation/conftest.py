import pytest

from separation.demucs_adapter import convert
from tests.demucs_models import htdemucs, write_safetensors


@pytest.fixture(scope="session")
def tiny_htdemucs(tmp_path_factory):
    """The artifact of a random HTDemucs; its export to ONNX takes seconds, so all tests share one."""
    folder = tmp_path_factory.mktemp("htdemucs")
    return convert(write_safetensors(htdemucs(), folder / "tiny.safetensors"), folder / "artifact")
