"""Whole files: the new one or the old one, and nothing beside it."""

import os

import pytest
from readiness.whole import write


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_is_replaced_and_readable_by_whom_it_is_for(tmp_path, durable):
    path = tmp_path / "one"
    path.write_bytes(b"old")
    before = os.umask(0o022)
    try:
        write(path, b"new", 0o600, durable=durable)
        write(tmp_path / "two", b"new", durable=durable)
    finally:
        os.umask(before)
    assert path.read_bytes() == b"new"
    assert [each.stat().st_mode & 0o777 for each in (path, tmp_path / "two")] == [0o600, 0o644]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["one", "two"]


def test_what_cannot_be_put_in_its_place_leaves_nothing_behind(tmp_path):
    (tmp_path / "one").mkdir()
    with pytest.raises(OSError, match="irectory"):
        write(tmp_path / "one", b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["one"]
