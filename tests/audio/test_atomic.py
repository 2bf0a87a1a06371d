from __future__ import annotations

import errno
from pathlib import Path

import pytest

from mixassist.audio.atomic import atomic_path
from mixassist.errors import AudioError


def test_the_file_appears_whole_and_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "report.json"
    with atomic_path(target) as temporary:
        temporary.write_text("{}")
        assert not target.exists()
        assert temporary.parent == target.parent
        assert temporary.suffix == ".json"
    assert target.read_text() == "{}"
    assert [path.name for path in target.parent.iterdir()] == ["report.json"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError, AudioError])
def test_an_error_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "song.txt"
    target.write_text("before")

    def fail_half_way() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        fail_half_way()
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_told_with_folder_and_free_space(tmp_path: Path) -> None:
    message = rf"a.json cannot be written to {tmp_path} \(No space left on device, \d+ MB free\)"
    with pytest.raises(AudioError, match=message), atomic_path(tmp_path / "a.json"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    target = tmp_path / "file" / "deeper" / "a.json"
    with pytest.raises(AudioError, match=r"a\.json cannot be written to .*file/deeper"), atomic_path(target):
        pass


def test_other_system_errors_inside_are_not_blamed_on_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "a.json"):
        (tmp_path / "elsewhere").read_text()


def test_names_as_long_as_the_system_allows_work(tmp_path: Path) -> None:
    target = tmp_path / f"{'é' * 125}.json"
    with atomic_path(target) as temporary:
        temporary.write_text("long")
    assert target.read_text() == "long"
