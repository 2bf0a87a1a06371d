from __future__ import annotations

from collections import deque

import pytest

from cli.spreading import Died, Done, Failed, Opened, Spreading
from mixassist.errors import AudioError, EngineError, ModelError


class Crew:
    """Workers that do as `play` says: (worker, item) -> an answer, an error, or DEATH; item None is the opening."""

    def __init__(self, play):
        self.play = play
        self.events = deque()
        self.given = []

    def hire(self, worker):
        said = self.play(worker, None)
        self.events.append(self.told(worker, said) if said else Opened(worker, f"desk {worker}"))

    def give(self, worker, item):
        self.given.append((worker, item))
        self.events.append(self.told(worker, self.play(worker, item)))

    def told(self, worker, said):
        if said == DEATH:
            return Died(worker, "gone")
        return Failed(worker, said) if isinstance(said, Exception) else Done(worker, said, 100.0)

    def next_event(self):
        return self.events.popleft()


DEATH = object()
SONGS = list("abcdef")


def run(play, songs=SONGS, n_workers=2):
    crew = Crew(play)
    spreading = Spreading(songs, crew, n_workers)
    return dict(spreading.outcomes()), spreading.accounts, crew


def upper(worker, item):
    return item and item.upper()


@pytest.mark.parametrize("n_workers", [1, 2, 9])
def test_every_item_has_its_answer_and_is_done_once(n_workers):
    outcomes, accounts, crew = run(upper, n_workers=n_workers)
    assert outcomes == {item: item.upper() for item in SONGS}
    assert sorted(item for _, item in crew.given) == SONGS
    assert len(accounts) == min(n_workers, len(SONGS))
    assert sum(account.n_done for account in accounts.values()) == len(SONGS)
    assert accounts[0].to_dict() == {"place": "desk 0", "done": accounts[0].n_done, "peak_memory_mb": 100.0, "died": 0}


def test_nothing_to_do_hires_nobody():
    assert run(upper, [])[1] == {}


def test_the_first_worker_opens_alone():
    hired = []

    def play(worker, item):
        if item is None:
            hired.append(worker)
        elif hired:
            hired.append("work")
        return upper(worker, item)

    run(play, n_workers=3)
    assert hired[:4] == [0, 1, 2, "work"]


def test_a_worker_that_dies_costs_no_item_and_is_replaced():
    outcomes, accounts, _ = run(lambda worker, item: DEATH if (worker, item) == (1, "b") else upper(worker, item))
    assert outcomes == {item: item.upper() for item in SONGS}
    assert [account.has_died for account in accounts.values()] == [False, True, False]


def test_what_fails_on_one_worker_is_tried_on_another():
    missing = AudioError("not on this machine")
    outcomes, _, crew = run(lambda worker, item: missing if (worker, item) == (0, "a") else upper(worker, item))
    assert outcomes["a"] == "A"
    assert [worker for worker, item in crew.given if item == "a"] == [0, 1]


@pytest.mark.parametrize(("n_workers", "n_tries"), [(1, 1), (3, 2)])
def test_a_bad_item_is_tried_twice_where_it_can_be_and_the_others_go_on(n_workers, n_tries):
    bad = AudioError("no sound in it")
    outcomes, _, crew = run(lambda worker, item: bad if item == "c" else upper(worker, item), n_workers=n_workers)
    assert outcomes == {item: item.upper() for item in SONGS} | {"c": bad}
    assert len({worker for worker, item in crew.given if item == "c"}) == n_tries


def test_an_item_that_kills_workers_is_given_up():
    outcomes, accounts, _ = run(lambda worker, item: DEATH if item == "c" else upper(worker, item))
    assert isinstance(outcomes["c"], EngineError)
    assert "3 workers died over it" in str(outcomes["c"])
    assert sum(account.has_died for account in accounts.values()) == 3
    assert len(outcomes) == len(SONGS)


def test_a_machine_without_the_model_does_nothing_and_the_others_all():
    outcomes, accounts, _ = run(lambda worker, item: ModelError("none here") if (worker, item) == (0, None) else upper(
        worker, item
    ))  # fmt: skip
    assert outcomes == {item: item.upper() for item in SONGS}
    assert accounts[0].n_done == 0


@pytest.mark.parametrize(
    ("said", "message"), [(ModelError("no such model"), "no such model"), (DEATH, "3 workers in a row died before")]
)
def test_where_nobody_can_begin_it_says_why(said, message):
    with pytest.raises((ModelError, EngineError), match=message):
        run(lambda worker, item: said)
