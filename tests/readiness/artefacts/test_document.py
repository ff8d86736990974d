"""Documents: what stands under a heading counts, and what was never filled in does not."""

from datetime import date

import pytest
from readiness.artefacts import Unreadable
from readiness.artefacts.document import document, placeholder, slug_of, words
from readiness.artefacts.entries import entries
from readiness.artefacts.topics import TOPICS, missing

TEXT = b"""---
Owner: Security
approved_at: 2026-01-31
---
# Guide

Some words here.

## First *steps*

<!-- TODO: explain -->
One two three. See [the page](page.md#top "title"), <https://a.example/x> and https://b.example/y.

```bash
# no heading
curl https://code.example
```

### Deeper

Four five.

Second
------

![Picture](p.png)

[later]: https://c.example/z
"""


def test_sections_hold_what_stands_under_them_and_below():
    read = document(TEXT)
    assert [(one.title, one.level, one.leaf) for one in read.sections] == [
        ("Guide", 1, False),
        ("First *steps*", 2, False),
        ("Deeper", 3, True),
        ("Second", 2, True),
    ]
    assert read.sections[1].words == words("One two three. See the page, and . Four five.")
    assert [(one.language, one.text.splitlines()[0]) for one in read.codes] == [("bash", "# no heading")]
    assert [one.title for one in read.topical] == ["First *steps*", "Deeper", "Second"]


def test_the_front_matter_and_lines_of_the_text_give_dates():
    assert document(TEXT).meta["owner"] == "Security"
    assert document(TEXT).day("reviewed_at", "approved_at") == date(2026, 1, 31)
    assert document(b"# A\n\n**Last reviewed:** 2026-02-03 by us").day("last_reviewed") == date(2026, 2, 3)
    assert document(b"# A\n\n| Last reviewed | 2026-02-03 |").day("last_reviewed") == date(2026, 2, 3)
    assert document(b"# A\n\nReviewed: [Date]").day("reviewed") is None


def test_links_are_those_of_the_text_and_not_of_its_code():
    links = ["page.md#top", "p.png", "https://a.example/x", "https://b.example/y", "https://c.example/z"]
    assert document(TEXT).links == links


def test_fragments_are_named_as_github_names_them():
    read = document(b'# Sign in & out\n# Sign in & out\n<a id="mine"></a>\n## Caf\xc3\xa9 `code`, 2nd')
    assert read.anchors == {"mine", "sign-in--out", "sign-in--out-1", "café-code-2nd"}
    assert slug_of("[Linked](x.md) title") == "linked-title"


@pytest.mark.parametrize(
    "text",
    [
        "Approved on [Date] by [Name]",
        "Owner: [Insert owner here]",
        "TODO",
        "To do: TBD",
        "Lorem ipsum dolor sit amet",
        "Dear {{ customer }}",
        "Last review: YYYY-MM-DD",
        "Signed: ________",
        "This section is coming soon.",
        "Phone: <your phone>",
        "Steps to be written",
        "Answer: [...]",
    ],
)
def test_what_was_never_filled_in_is_a_placeholder(text):
    assert placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        "See [Date](formats.md) and [name][ref]",
        "- [ ] open, - [x] done",
        "Keep a todo list",
        "Run `kubectl rollout undo deployment/<name>`",
        "The array [0] and [a, b]",
        "Enter a date.",
    ],
)
def test_what_looks_a_little_like_one_is_none(text):
    assert placeholder(text) == ""


def test_words_do_not_count_marks_addresses_and_placeholders():
    assert words("**One** [two](https://a.example/three/four) [Date] TODO | 5 | --- https://six.example") == 2


def test_front_matter_that_cannot_be_read_is_refused_with_the_reason():
    with pytest.raises(Unreadable, match="has front matter that is not valid YAML"):
        document(b"---\na: [b\n---\n# C")


@pytest.mark.parametrize("text", [b"", b"---\n---\n", b"\xff\xfe", b"```\nnever closed", b"# \n", b"#" * 100_000])
def test_no_text_is_too_strange_to_be_read(text):
    assert document(text).words == 0


N = 200_000


@pytest.mark.parametrize(
    "text",
    [
        "[" * N,
        "](" * N,
        "# " + " " * N + "x",
        "# " + "start " * N,
        "\n" * N,
        "<https://" * N,
        "[a](" * N,
        "|" * N + "x",
    ],
    ids=["brackets", "targets", "heading", "title", "lines", "addresses", "links", "rows"],
)
def test_hostile_text_takes_no_more_than_its_length(text):
    read = document(text.encode())  # what takes the square of its length does not come back
    assert isinstance(read.links, list)
    assert (read.placeholder, read.day("reviewed_at")) == ("", None)
    assert len(missing([read], TOPICS["runbook"])) == 5
    assert len(entries([read])) <= 1


def test_more_headings_than_anybody_writes_are_refused():
    with pytest.raises(Unreadable, match="more than 5000 headings"):
        document(b"# a\n" * 5_001)
