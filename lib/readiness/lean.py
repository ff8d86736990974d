"""Lean imports: what a library would load at its own start, and nobody here asks it for."""

import sys


def without_grammars() -> None:
    """Spare this process the grammar of internationalised addresses (RFC 3987), which takes a second to build.

    jsonschema loads it with itself where it is there, to check a format that no schema here is checked for; so do
    nbformat, nbconvert, papermill and great-expectations, which load jsonschema.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
