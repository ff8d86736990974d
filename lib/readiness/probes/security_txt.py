"""security.txt: whether someone who finds a hole knows whom to tell (RFC 9116)."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from readiness.answers.obstacle import obstacle
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.stranger import lost
from readiness.wire.exchange import Exchange

_VALID, _EXPIRES, _POLICY = "security_txt.valid", "security_txt.expires_days", "security_txt.policy_answers"
_WEB = {"acknowledgments", "canonical", "contact", "encryption", "hiring", "policy"}
_ONCE = {"expires", "preferred-languages"}
_DATE_TIME = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?\d*([Zz]|[+-]\d\d:\d\d)"


@dataclass(frozen=True)
class Disclosure:
    """What a security.txt says.

    Attributes:
        problem: Why it is not valid by RFC 9116; empty when it is.
        expires: When it stops to count, None unless said exactly once and as RFC 3339 writes it.
        policy: First address of a disclosure policy, empty when there is none.
    """

    problem: str
    expires: datetime | None = None
    policy: str = ""


@probe(
    Fact(_VALID, "boolean", "The security.txt is valid: a contact, and one date on which it expires (RFC 9116)."),
    Fact(_EXPIRES, "number", "Days until the security.txt expires.", unit="days"),
    Fact(_POLICY, "boolean", "The disclosure policy that the security.txt names answers."),
    deadline=60,
)
async def security_txt(context: Context) -> AsyncIterator[Observation]:
    """Read the file, and ask for the policy it names."""
    answer = await context.client.get(context.url(context.target.routes.security_txt), follow=3)
    if reason := obstacle(answer):
        for fact in (_VALID, _EXPIRES, _POLICY):
            yield unavailable(fact, reason, answer)
        return
    if answer.status != 200 or answer.media_type != "text/plain":
        yield observed(_VALID, False, answer)
        shown = f"status {answer.status}" if answer.status != 200 else answer.media_type or "an untyped answer"
        for fact in (_EXPIRES, _POLICY):
            yield unavailable(fact, f"{shown[:80]} instead of a security.txt", answer)
        return
    said = read(answer.text)
    yield observed(_VALID, not said.problem, answer)
    if said.expires is None:
        yield unavailable(_EXPIRES, f"the security.txt is not valid: {said.problem}", answer)
    else:
        left = (said.expires - context.now).total_seconds() / 86400
        yield observed(_EXPIRES, round(left, 2), answer)
    yield await _policy(context, answer, said.policy)


def read(text: str) -> Disclosure:
    """Read the text of a security.txt, signed or not (RFC 9116, 2 to 4)."""
    fields: dict[str, list[str]] = {}
    problems: list[str] = []
    for line in _unsigned(text):
        name, colon, value = line.partition(":")
        if not line.strip() or line.startswith("#"):
            continue
        if not colon or not re.fullmatch(r"[A-Za-z0-9-]+", name) or not value.strip():
            problems.append("a line that is no field")
            continue
        fields.setdefault(name.lower(), []).append(value.strip())
    for name in sorted(_WEB & fields.keys()):
        if any(not _is_address(value, web=name != "contact") for value in fields[name]):
            problems.append(f"{name.capitalize()} is no https address" + (" or mail" if name == "contact" else ""))
    problems += [
        f"{name.capitalize()} appears more than once" for name in sorted(_ONCE) if len(fields.get(name, ())) > 1
    ]
    if "contact" not in fields:
        problems.append("no Contact")
    expires = _date_time(fields["expires"][0]) if len(fields.get("expires", ())) == 1 else None
    if expires is None:
        problems.append("no Expires with one date and time as in RFC 3339")
    policy = next((value for value in fields.get("policy", ()) if _is_address(value)), "")
    return Disclosure("; ".join(dict.fromkeys(problems)), expires, policy)


def _unsigned(text: str) -> list[str]:
    """The lines inside an OpenPGP cleartext signature (RFC 9580, 7), or all lines where there is none."""
    lines = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
    if not lines or lines[0].strip() != "-----BEGIN PGP SIGNED MESSAGE-----":
        return lines
    start = next((at for at, line in enumerate(lines) if not line.strip()), 0)
    end = next((at for at, line in enumerate(lines) if line.startswith("-----BEGIN PGP SIGNATURE")), len(lines))
    return [line.removeprefix("- ") for line in lines[start:end]]


def _is_address(value: str, *, web: bool = True) -> bool:
    """Whether this is an https address, or (for a contact) one of another scheme than http."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return not web and parts.scheme not in ("", "http") and bool(parts.path or parts.netloc)


def _date_time(value: str) -> datetime | None:
    found = re.fullmatch(_DATE_TIME, value)
    try:
        # what is finer than a microsecond is dropped: Python keeps no more
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value.upper())).astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        return None


async def _policy(context: Context, file: Exchange, policy: str) -> Observation:
    if not policy:
        return observed(_POLICY, False, file)
    if reason := await off_limits(context, policy):
        return unavailable(_POLICY, reason, file)
    place, answer = policy, await context.client.get(policy)
    for _ in range(3):  # a missing slash; to another host nobody is followed
        onward = urljoin(place, answer.header("location") or "") if answer.status in (301, 302, 303, 307, 308) else ""
        if not onward or urlsplit(onward)[:2] != urlsplit(place)[:2]:
            break
        place, answer = onward, await context.client.get(onward)
    if reason := obstacle(answer):
        return unavailable(_POLICY, f"the policy: {reason}", file, answer)
    if answer.status != 200 or not answer.text.strip():
        return observed(_POLICY, False, file, answer)
    if urlsplit(place).hostname not in context.target.hosts:
        return observed(_POLICY, True, file, answer)
    control = await lost(context)
    return observed(_POLICY, not (control.status == 200 and control.body == answer.body), file, answer, control)


async def off_limits(context: Context, policy: str) -> str:
    """Why the address may not be asked: what the target sends must not lead this client into its own network."""
    host = str(urlsplit(policy).hostname)
    if host in context.target.hosts:
        return ""
    try:
        theirs, ours = [ip_address(await context.client.address(name)) for name in (host, context.target.host)]
    except (OSError, ValueError) as error:
        return f"the policy's host: {error}".splitlines()[0][:200]
    return "" if theirs.is_global or not ours.is_global else f"the policy's host {host} is not on the public internet"
