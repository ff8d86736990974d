"""Published packages: their version numbers, as npm, PyPI, Go and RubyGems write them."""

import re

_FINAL = re.compile(r"v?(\d{1,9})((?:\.\d{1,9}){0,3})(\.post\d{1,9}|\+[\w.-]{1,64})?")


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version that is no pre-release; empty for any other text.

    A post-release (PEP 440) and build metadata (Semantic Versioning 2.0.0, 10) make no other version of it.
    """
    found = _FINAL.fullmatch(version.strip())
    return tuple(map(int, (found[1] + found[2]).split("."))) if found else ()


def stable(version: str) -> bool:
    """Whether a version promises not to break its users: 1.0.0 or later, no pre-release (Semantic Versioning, 4)."""
    return numbers(version) >= (1,)


def retracted(version: str, module: str) -> bool:
    """Whether a go.mod file takes a version back, alone or within a range (Go Modules Reference, retract directive).

    Args:
        version: Such as `v1.2.3`.
        module: Text of the go.mod file of the module's newest version.
    """
    text = re.sub(r"//[^\n]*", "", module)
    blocks = re.findall(r"^\s*retract\s*\(([^)]*)\)", text, re.M) + re.findall(r"^\s*retract\s+([^(\n]+)$", text, re.M)
    for block in blocks:
        for low, high, single in re.findall(r"\[\s*([\w.+-]+)\s*,\s*([\w.+-]+)\s*\]|([\w.+-]+)", block):
            if version == single or (low and numbers(low) <= numbers(version) <= numbers(high)):
                return True
    return False
