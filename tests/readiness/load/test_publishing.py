"""Publishing: each record is kept whole under its time, and none is written over."""

import json

import pytest
from readiness.load.publishing import loads_of, publish, write

RECORD = {"target": "shop", "started_at": "2026-03-02T09:00:00.5+00:00", "say": "é"}


def test_a_record_is_kept_under_its_target_and_time(tmp_path):
    path = publish(RECORD, tmp_path)
    assert path == loads_of(tmp_path, "shop") / "2026-03-02T090000Z" / "load.json"
    assert json.loads(path.read_text(encoding="utf-8")) == RECORD


def test_two_of_the_same_second_are_both_kept(tmp_path):
    first, second = publish(RECORD, tmp_path), publish({**RECORD, "say": "other"}, tmp_path)
    assert second.parent.name == "2026-03-02T090000Z.2"
    assert json.loads(first.read_text(encoding="utf-8"))["say"] == "é"
    assert len(list(loads_of(tmp_path, "shop").iterdir())) == 2  # nothing half written stays


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "load.json"
    write(RECORD, path)
    with pytest.raises(TypeError):
        write({"no": object()}, path)
    assert json.loads(path.read_text(encoding="utf-8")) == RECORD
    assert list(tmp_path.iterdir()) == [path]
