"""Exports as JSON, CSV, archives of both, and as something else."""

import io
import json
import zipfile

import pytest
from readiness.answers import archive
from readiness.answers.archive import parts


def test_json_is_read_with_its_escapes_resolved():
    (part,) = parts(b'{"url": "https:\\/\\/a.example\\/x", "name": "Z\\u00fcrich", "n": [1, null]}', "text/plain")
    assert part.format == "json"
    assert "https://a.example/x" in part
    assert "zürich" in part


@pytest.mark.parametrize(
    ("text", "media_type", "format"),
    [
        ('name,note\na,"one ""b"" two"\n', "application/octet-stream", "csv"),
        ("name\na\n", "text/csv", "csv"),
        ("<p>a, b</p>\n<p>c</p>", "text/html", "other"),
        ('"only a text"', "application/json", "other"),
        ("", "text/html", "other"),
    ],
)
def test_the_format_is_told_by_what_is_there(text, media_type, format):
    assert [part.format for part in parts(text.encode(), media_type)] == [format]


def test_quotes_of_a_table_are_resolved():
    (part,) = parts(b'name,note\na,"one ""b"" two"\n', "text/csv")
    assert 'one "b" two' in part


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as writing:
        for name, text in files.items():
            writing.writestr(name, text)
    return packed.getvalue()


def test_an_archive_is_its_files():
    found = parts(zipped(profile=json.dumps({"name": "Ada"}), keys="id,name\n1,nightly\n"), "application/zip")
    assert [part.format for part in found] == ["json", "csv"]
    assert any("nightly" in part for part in found)


def test_an_archive_that_is_too_large_or_broken_is_not_read(monkeypatch):
    packed = zipped(profile="x" * 2_000)
    monkeypatch.setattr(archive, "LARGEST", 1_000)
    with pytest.raises(ValueError, match="more than 1000 bytes"):
        parts(packed, "application/zip")
    with pytest.raises(ValueError, match="cannot be read"):
        parts(packed[:40], "application/zip")
