"""Releases: what a health answer says of the release it runs, and whether somebody else names the same one."""

import re

from readiness.wire.exchange import Exchange

_RELEASE = re.compile(
    r"(x-)?((app-|git-)?(release|version|commit|sha|revision|build|deployment)(-id|-sha)?|environment|env)",
    re.IGNORECASE,
)
SHORTEST = 7
"""Characters of an abbreviated commit, as git prints it: fewer could be anything."""


def release(answer: Exchange) -> dict[str, str]:
    """What a health answer says of the release it runs: members of its body (one level deep) and headers, by name."""
    found: dict[str, str] = {}
    body = answer.json()
    for group in (body, *body.values()) if isinstance(body, dict) else ():
        if isinstance(group, dict):
            for key, value in group.items():
                if _RELEASE.fullmatch(key.replace("_", "-")) and isinstance(value, (str, int)) and value != "":
                    found.setdefault(key.lower(), str(value))
    return found | {name: value for name, value in answer.headers if name.startswith("x-") and _RELEASE.fullmatch(name)}


def same(name: str, answer: Exchange) -> bool | None:
    """Whether a release that is named elsewhere is the one that runs; None where the answer names none.

    A name may stand behind a package and be followed by a build (`api@1.4.0+7`), a commit may be abbreviated.
    """
    running = set(release(answer).values())
    plain = name.rpartition("@")[2].partition("+")[0]
    return any(_equal(plain, one) or name == one for one in running) if running else None


def _equal(one: str, other: str) -> bool:
    short, long = sorted((one.removeprefix("v"), other.removeprefix("v")), key=len)
    return short == long or (
        len(short) >= SHORTEST and re.fullmatch("[0-9a-f]+", short) is not None and long.startswith(short)
    )
