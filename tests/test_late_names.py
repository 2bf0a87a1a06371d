import sys
from types import ModuleType

import pytest

from mixassist.late_names import late_names


@pytest.fixture
def fetch_and_show(monkeypatch):
    house, room = ModuleType("house"), ModuleType("house.room")
    house.__path__, room.sofa = [], "soft"
    for module in (house, room):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return late_names("house", {"sofa": "room"})


def test_a_name_is_fetched_from_its_room(fetch_and_show):
    fetch, show = fetch_and_show
    assert fetch("sofa") == "soft"
    assert {"sofa", "__name__"} <= set(show())


def test_a_name_that_is_not_offered_is_missing_as_any_other(fetch_and_show):
    with pytest.raises(AttributeError, match="module 'house' has no attribute 'bed'"):
        fetch_and_show[0]("bed")
