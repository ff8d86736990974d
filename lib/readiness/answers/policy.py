"""A Content-Security-Policy (CSP Level 3): what it still permits."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

Policy: TypeAlias = dict[str, tuple[str, ...]]
"""Directives of one policy, names in lower case, each with its source expressions."""

_NONCE_OR_HASH = re.compile(r"'(?:nonce|sha256|sha384|sha512)-[A-Za-z0-9+/_-]+={0,2}'", re.I)
_NONCE = re.compile(r"'nonce-([A-Za-z0-9+/_-]+={0,2})'", re.I)
_ANY_HOST = re.compile(r"(?:(https?|wss?)://)?\*(?::(?:\*|\d+))?/?", re.I)

_SCRIPTS = frozenset({"any script", "*", "http:", "https:", "data:", "unsafe-inline", "unsafe-eval"})


def parse(values: Iterable[str]) -> list[Policy]:
    """The policies of an answer's enforced headers: a comma separates policies, all of which are enforced."""
    policies = []
    for text in ",".join(values).split(","):
        policy: Policy = {}
        for directive in text.split(";"):
            name, *sources = directive.split() or [""]
            if name:
                policy.setdefault(name.lower(), tuple(sources))  # a repeated directive is ignored
        if policy:
            policies.append(policy)
    return policies


def weaknesses(policies: Sequence[Policy], *, strict: bool = False) -> set[str]:
    """What no policy forbids, though one should.

    Args:
        policies: At least one; a browser permits only what all of them permit.
        strict: Also framing and `unsafe-eval`, which beta demands.

    Returns:
        Names of the weaknesses; one that follows from a greater one (`https:` from `*`) is not counted again.
    """
    found = set(frozenset.intersection(*(_permitted(policy) for policy in policies)))
    if not strict:
        found -= {"framing", "unsafe-eval"}
    if "any script" in found:
        found -= _SCRIPTS - {"any script"}
    elif "*" in found:
        found -= {"http:", "https:"}
    elif "http:" in found:
        found -= {"https:"}  # a source of http: matches https: too
    return found


def nonces(policies: Iterable[Policy]) -> set[str]:
    """Every nonce that scripts of the page may carry."""
    return {match[1] for policy in policies for source in _scripts(policy) or () if (match := _NONCE.fullmatch(source))}


def restricts_framing(policy: Policy) -> bool:
    """`frame-ancestors` is there and names somebody, not anybody."""
    return "frame-ancestors" in policy and not (_anybody(policy["frame-ancestors"]) & {"*", "http:", "https:"})


def _scripts(policy: Policy, kind: str = "script-src-elem") -> tuple[str, ...] | None:
    return next((policy[name] for name in (kind, "script-src", "default-src") if name in policy), None)


def _permitted(policy: Policy) -> frozenset[str]:
    """Everything of our list that one policy permits."""
    found = set()
    if not restricts_framing(policy):
        found.add("framing")
    if "base-uri" not in policy or _anybody(policy["base-uri"]):
        found.add("base-uri")
    objects = policy.get("object-src", policy.get("default-src"))
    if objects is None or {source.lower() for source in objects} - {"'none'", "'self'"}:
        found.add("object-src")
    elements, attributes = _scripts(policy), _scripts(policy, "script-src-attr")
    if elements is None:
        return frozenset(found | _SCRIPTS)
    keywords = {source.lower() for source in elements}
    if "'strict-dynamic'" not in keywords:  # which makes browsers ignore hosts and schemes
        found |= _anybody(elements)
    if _inline(elements) or _inline(attributes or ()):
        found.add("unsafe-inline")
    evaluating = policy.get("script-src", policy.get("default-src"))
    if evaluating is None or "'unsafe-eval'" in {source.lower() for source in evaluating}:
        found.add("unsafe-eval")
    return frozenset(found)


def _anybody(sources: Iterable[str]) -> set[str]:
    """Sources that name a whole scheme, or every host, with what they include."""
    found = set()
    for source in sources:
        match = _ANY_HOST.fullmatch(source)
        name = f"{match[1]}:".lower() if match and match[1] else "*" if match else source.lower()
        found |= {"*": {"*", "http:", "https:"}, "http:": {"http:", "https:"}}.get(name, {name})
    return found & {"*", "http:", "https:", "data:"}


def _inline(sources: Sequence[str]) -> bool:
    """`unsafe-inline` is there and browsers heed it: not beside a nonce, a hash or `strict-dynamic`."""
    if "'unsafe-inline'" not in {source.lower() for source in sources}:
        return False
    return not any(_NONCE_OR_HASH.fullmatch(s) or s.lower() == "'strict-dynamic'" for s in sources)
