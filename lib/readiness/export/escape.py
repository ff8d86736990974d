"""Escaping: foreign text made harmless in one line, before a format's own rules."""

import re

from readiness.report.words import visible

_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


def line(text: object, limit: int = 400) -> str:
    """One line of foreign text: hidden characters written out, white space made one, cut at `limit` characters.

    What is left may stand in XML 1.0 (its section 2.2) once markup is escaped, and can be written in UTF-8.
    """
    return " ".join(_NOT_XML.sub("\ufffd", visible(text, limit)).split())
