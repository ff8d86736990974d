"""Markup: XML of reports, element by element, without entities, external parts or unbounded nesting."""

import io
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from readiness.artefacts import Unreadable

DEEPEST = 100
"""Nesting of elements; reports have about five levels."""


def elements(content: bytes) -> Iterator[tuple[str, Any]]:
    """`start` and `end` of every element in order; the children of one that has ended may be forgotten by the caller.

    Raises:
        Unreadable: It is not whole XML, declares entities, or nests too deeply.
    """
    if not content.strip():
        raise Unreadable("is empty")
    depth = 0
    try:
        for event, element in iterparse(io.BytesIO(content), events=("start", "end")):
            depth += 1 if event == "start" else -1
            if depth > DEEPEST:
                raise Unreadable("is nested too deeply")
            yield event, element
    except DefusedXmlException:
        raise Unreadable("declares entities, which no report needs; it is not read") from None
    except (ParseError, LookupError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        cut = "; it is cut off" if "no element found" in str(error) or "unclosed" in str(error) else ""
        raise Unreadable(f"is not whole XML: {error}{cut}") from None


def name_of(element: Any) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
