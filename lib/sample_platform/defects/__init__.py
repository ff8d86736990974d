"""Named defects: each breaks one behaviour, and says which requirements must notice."""

from collections.abc import Iterable
from typing import Any

from ..behaviour import Behaviour
from . import edge, factors, federation, inputs, integration, mail, people, records, tokens, web
from .defect import Defect

_AREAS = (edge, tokens, mail, people, factors, federation, integration, records, inputs, web)

DEFECTS: dict[str, Defect] = {defect.name: defect for area in _AREAS for defect in area.DEFECTS}

MATURITIES: dict[str, tuple[str, ...]] = {
    "prototype": (
        "cert-expiring",
        "dns-single-ns",
        "no-spf",
        "no-dmarc",
        "no-caa",
        "no-hsts",
        "no-https-redirect",
        "no-csp",
        "no-nosniff",
        "no-referrer-policy",
        "version-disclosed",
        "cors-reflects-origin",
        "no-rate-limit",
        "health-without-components",
        "metrics-public",
        "docs-without-examples",
        "unversioned-paths",
        "errors-plain-text",
        "login-500",
        "staging-shares-keys",
        "no-security-txt",
        "static-uncached",
    ),
    "alpha": ("dmarc-none", "no-caa", "static-mutable", "no-security-txt"),
    "beta": (),
}


def behaviour_with(defects: Iterable[str]) -> Behaviour:
    """Return the behaviour of a platform with these defects.

    Raises ValueError for an unknown name and for two defects of the same behaviour, since one would hide
    the other.
    """
    changes: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for name in dict.fromkeys(defects):
        if name not in DEFECTS:
            raise ValueError(f"unknown defect {name!r}; known: {', '.join(DEFECTS)}")
        for key, value in DEFECTS[name].changes.items():
            if key in changes:
                raise ValueError(f"defects {owners[key]!r} and {name!r} break the same behaviour: {key}")
            changes[key], owners[key] = value, name
    return Behaviour(**changes)
