"""Entries: what a page of remedies explains, each under the name by which it is looked up."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from readiness.artefacts.document import Document, placeholder, words

LEAST = 5
"""Words that explain one thing at least: what it means, and what to do."""

_ROW = re.compile(r"^\s*\|(.+)\|\s*$")
_ITEM = re.compile(r"^\s*[-*+]\s+(?:\*\*|`)(.+?)(?:\*\*|`)\s*:?\s*(.*)$")


@dataclass(frozen=True)
class Entry:
    """One thing that is explained: what stands in its heading or first cell, and the rest."""

    title: str
    text: str

    def names(self, code: str) -> bool:
        """Whether it is looked up by this code."""
        return re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", self.title) is not None


def entries(documents: Iterable[Document]) -> list[Entry]:
    """Sections without deeper ones, rows of tables, items that begin in bold or as code; each has words of its own."""
    found: list[Entry] = []
    for document in documents:
        found += [Entry(one.title, one.text) for one in document.topical if one.leaf and not _ROW.search(one.text)]
        for line in document.text.splitlines():
            if row := _ROW.match(line):
                title, _, rest = row[1].partition("|")
                found.append(Entry(title.strip(), rest))
            elif item := _ITEM.match(line):
                found.append(Entry(item[1], item[2]))
    return [one for one in found if words(one.text) >= LEAST and not placeholder(f"{one.title} {one.text}")]
