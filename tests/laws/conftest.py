from collections.abc import Callable
from functools import cache

import pytest

from mixassist.runtime import Artifact
from tests.laws.amps import AMPS, write_amp
from tests.laws.models import MODELS, TINY, open_separator


@pytest.fixture(params=MODELS)
def separator(request, tiny_htdemucs):
    """Each model once."""
    return open_separator(str(tiny_htdemucs.path) if request.param == TINY else request.param)


@pytest.fixture(scope="session")
def network_artifact(
    tmp_path_factory: pytest.TempPathFactory, stand_in: Callable[[str], Artifact]
) -> Callable[[str], Artifact]:
    """The artifact of a streaming network, an amp or a stand-in, by its name."""
    folder = tmp_path_factory.mktemp("amps")
    return cache(lambda name: write_amp(name, folder) if name in AMPS else stand_in(name))
