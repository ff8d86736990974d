"""Documents: every mistake is one line with file, line, key, what was expected and what was there."""

import re
import time
from datetime import date

import pytest
from pydantic import Field
from readiness.document import MAX_BYTES, Record, line_of
from readiness.errors import BadInput


class Part(Record):
    size: int
    label: str = "none"


class Whole(Record):
    name: str = Field(pattern=r"^[a-z]+$")
    day: date | None = None
    part: Part | None = None
    parts: list[Part] = Field([])
    words: dict[str, str] = Field({})
    is_: bool = Field(False, alias="is")


@pytest.fixture
def read(tmp_path):
    """`read(text)` is the record; `read.problems(text)` the problems, without the folder before the file's name."""

    def run(text):
        path = tmp_path / "whole.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Whole.read(path)

    def problems(text):
        with pytest.raises(BadInput) as caught:
            run(text)
        assert all("\n" not in problem for problem in caught.value.problems)
        return [problem.removeprefix(f"{tmp_path}/") for problem in caught.value.problems]

    run.problems = problems
    return run


def test_a_document_becomes_a_frozen_record(read):
    whole = read("name: abc\nis: true\nparts:\n  - size: 1\n")
    assert (whole.name, whole.is_, whole.parts[0].size) == ("abc", True, 1)
    with pytest.raises(ValueError, match="frozen"):
        whole.name = "other"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name: abc\nprat: {size: 1}\n", "whole.yaml:2: prat: unknown key; did you mean 'part'?"),
        ("name: abc\npart:\n  size: 1\n  lable: x\n", "whole.yaml:4: part.lable: unknown key; did you mean 'label'?"),
        (
            "name: abc\nparts:\n  - size: 1\n    zzzz: 1\n",
            "whole.yaml:4: parts.0.zzzz: unknown key; expected one of: label, size",
        ),
        ("name: abc\npart:\n  size: '1'\n", "whole.yaml:3: part.size: expected a valid integer, got '1'"),
        ("name: abc\nis: 1\n", "whole.yaml:2: is: expected a valid boolean, got 1"),
        (
            "name: abc\nparts:\n- size: 1\n- {size: x}\n",
            "whole.yaml:4: parts.1.size: expected a valid integer, got 'x'",
        ),
        ("name: abc\nparts: {size: 1}\n", "whole.yaml:2: parts: expected a valid list, got a dict"),
        ("is: true\n", "whole.yaml:1: name: expected this key, got nothing"),
        ("name: abc\npart:\n  label: x\n", "whole.yaml:2: part.size: expected this key, got nothing"),
        ("name: A b\n", "whole.yaml:1: name: expected a string to match pattern '^[a-z]+$', got 'A b'"),
        ("name: abc\nname: abd\n", "whole.yaml:2: name: expected each key once, got it twice"),
        ("name: abc\npart:\n  size: 1\n  size: 1\n", "whole.yaml:4: size: expected each key once, got it twice"),
        ("name: abc\npart: [1\n", "whole.yaml:3: not valid YAML: did not find expected ',' or ']'"),
        ("name: abc\nday: 2026-02-30\n", "whole.yaml:2: not valid YAML: day is out of range for month"),
        ("name: abc\npart: !secret x\n", "whole.yaml:2: not valid YAML: could not determine a constructor"),
        ("name: abc\npart: *nobody\n", "whole.yaml:2: not valid YAML: found undefined alias"),
        ("name: abc\n---\nname: abd\n", "whole.yaml:2: not valid YAML: but found another document"),
        ("", "whole.yaml:1: expected a YAML mapping, got an empty file"),
        ("# only a comment\n", "whole.yaml:1: expected a YAML mapping, got an empty file"),
        ("- name\n", "whole.yaml:1: document: expected a valid dictionary or instance of Whole, got a list"),
        ("just words\n", "whole.yaml:1: document: expected a valid dictionary or instance of Whole, got a str"),
        (b"name: \xff\xfe\n", "whole.yaml: cannot be read: not UTF-8 text"),
        ("name: a\x00b\n", "whole.yaml: not valid YAML: "),
        ("name: " + "[" * 100_000, "whole.yaml"),
    ],
)
def test_a_mistake_is_told_in_one_line(read, text, problem):
    (told,) = read.problems(text)
    assert told.startswith(problem)


def test_every_mistake_of_a_file_is_told_with_its_own_line(read):
    told = read.problems("name: 7\npart: {size: x}\nis: maybe\n")
    assert [problem.split(": ")[0] for problem in told] == ["whole.yaml:1", "whole.yaml:2", "whole.yaml:3"]


def test_a_long_value_is_cut(read):
    (told,) = read.problems("name: abc\npart:\n  size: " + "x" * 5000)
    assert len(told) < 200


def test_what_stands_in_place_of_a_mapping_is_not_repeated(read):
    (told,) = read.problems("name: abc\nwords: Bearer-very-secret\n")
    assert "very-secret" not in told


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BadInput, match=re.escape(f"{tmp_path}/no.yaml: no such file")):
        Whole.read(tmp_path / "no.yaml")


def test_a_folder_in_place_of_a_file_is_told(tmp_path):
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        Whole.read(tmp_path)


def test_a_huge_file_is_refused_unread(read):
    (told,) = read.problems("# " + "x" * MAX_BYTES)
    assert told == f"whole.yaml: expected a parameter file, got {MAX_BYTES + 2} bytes"


@pytest.mark.parametrize("merge", [False, True], ids=["aliases", "merge keys"])
def test_a_few_lines_that_stand_for_billions_of_values_are_refused_at_once(read, merge):
    lines = ["a0: &a0 {x0: 1}" if merge else "a0: &a0 [x]"]
    for n in range(1, 40):
        nine = ", ".join([f"*a{n - 1}"] * 9)
        lines.append(f"a{n}: &a{n} {{<<: [{nine}]}}" if merge else f"a{n}: &a{n} [{nine}]")
    started = time.monotonic()
    (told,) = read.problems("\n".join(lines))
    assert "once its aliases are followed" in told
    assert time.monotonic() - started < 20


def test_an_alias_of_itself_is_refused(read):
    (told,) = read.problems("name: abc\nparts: &a [*a]\n")
    assert told == "whole.yaml: not valid YAML: nested too deeply"


def test_anchors_and_merge_keys_are_followed(read):
    text = "name: abc\npart: &base {size: 1, label: one}\nparts:\n  - *base\n  - {<<: *base, size: 2}\n"
    whole = read(text)
    assert [(part.size, part.label) for part in whole.parts] == [(1, "one"), (2, "one")]


def test_a_mistake_behind_an_alias_is_told_where_it_is_written(read):
    told = read.problems("name: abc\npart: &base\n  size: x\nparts:\n  - *base\n  - <<: *base\n")
    assert told == [
        "whole.yaml:3: part.size: expected a valid integer, got 'x'",
        "whole.yaml:3: parts.0.size: expected a valid integer, got 'x'",
        "whole.yaml:6: parts.1.size: expected a valid integer, got 'x'",
    ]


def test_the_line_of_a_value_or_of_its_nearest_ancestor(tmp_path):
    path = tmp_path / "whole.yaml"
    path.write_text("name: abc\nparts:\n  - size: 1\n  - label: x\n    size: 2\n")
    assert line_of(path, ("parts", 1, "size")) == 5
    assert line_of(path, ("parts", 1, "gone")) == 4
    assert line_of(path, ("gone",)) == 1
