import pytest

from tests.laws.models import MODELS, TINY, open_separator


@pytest.fixture(params=MODELS)
def separator(request, tiny_htdemucs):
    """Each model once."""
    return open_separator(str(tiny_htdemucs.path) if request.param == TINY else request.param)
