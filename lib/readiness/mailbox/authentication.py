"""Who really sent a mail: DKIM (RFC 6376), SPF (RFC 7208) and DMARC (RFC 7489), asked of the target's resolvers."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import dkim  # type: ignore[import-untyped]
import spf  # type: ignore[import-not-found,import-untyped,unused-ignore]

from readiness.wire.exchange import Answer

PATIENCE = 20.0
"""Seconds for DKIM and SPF of one mail, all their DNS questions included (RFC 7208, 4.6.4 allows that long)."""
SIGNATURES = 5
"""DKIM signatures of one mail that are verified (RFC 6376, 6.1 leaves the bound to the verifier)."""

WHITE_SPACE = 200
"""Longest run of white space in a signed mail, in bytes: what makes it canonical takes the square of it."""
SIGNATURE = 10_000
"""Longest signature header that is verified, in bytes."""

_BAD = (dkim.DKIMException, ValueError, LookupError, TypeError, AttributeError)
_silent = logging.Logger("dkim")  # detached, so that what a mail holds reaches no log
_silent.addHandler(logging.NullHandler())

Ask = Callable[[str, str], Answer]


@dataclass(frozen=True)
class Verdict:
    """Outcome of each method in the words of RFC 8601, and whether one of them passed for the From domain."""

    results: dict[str, str]
    aligned: bool


async def authenticate(
    mail: bytes,
    *,
    peer: str,
    helo: str,
    sender: str,
    domains: Sequence[str],
    lookup: Callable[[str, str], Awaitable[Answer]],
) -> Verdict:
    """Verify one mail as it arrived.

    Args:
        mail: The message as it was sent.
        peer: IP address it came from.
        helo: Name given in EHLO.
        sender: Address given in MAIL FROM; empty for a bounce, where SPF looks at `helo`.
        domains: Domains of the From header; DMARC is not defined for other than one (RFC 7489, 6.6.1).
        lookup: DNS.
    """
    loop = asyncio.get_running_loop()

    def ask(name: str, rdtype: str) -> Answer:
        async def asked() -> Answer:
            return await lookup(name, rdtype)

        return asyncio.run_coroutine_threadsafe(asked(), loop).result(PATIENCE / 2)

    domain = domains[0] if len(domains) == 1 else ""
    policy: dict[str, str] | None = {}
    try:
        async with asyncio.timeout(PATIENCE):
            signed, dkim_result = await asyncio.to_thread(_dkim, mail, ask)
            envelope, spf_result = await asyncio.to_thread(_spf, peer, helo, sender, ask)
            policy = await _policy(domain, lookup) if domain else {}
    except TimeoutError:
        return Verdict(dict.fromkeys(("dkim", "spf", "dmarc"), "temperror"), False)
    said = policy or {}
    aligned = bool(domain) and (
        any(_same(place, domain, said.get("adkim", "r")) for place in signed)
        or (spf_result == "pass" and _same(envelope, domain, said.get("aspf", "r")))
    )
    dmarc = "permerror" if not domain else "temperror" if policy is None else "none"
    if policy:
        dmarc = "pass" if aligned else "fail"
    return Verdict({"dkim": dkim_result, "spf": spf_result, "dmarc": dmarc}, aligned)


def _dkim(mail: bytes, ask: Ask) -> tuple[set[str], str]:
    """Domains whose signature verifies, and the outcome; one that verifies is enough (RFC 6376, 6.1)."""
    unanswered: list[str] = []

    def key(name: bytes, timeout: float = 5) -> bytes | None:
        answer = ask(name.decode("ascii", "replace").rstrip("."), "TXT")
        if _unanswered(answer):
            unanswered.append(answer.name)
        return answer.records[0].encode() if answer.records else None

    signed = set()
    try:
        message = dkim.DKIM(mail, logger=_silent)
        signatures = [value for name, value in message.headers if name.lower() == b"dkim-signature"]
    except _BAD:
        return set(), "permerror"
    if not signatures:
        return set(), "none"
    runs = re.finditer(rb"[\t ]+", mail)
    if max(map(len, signatures)) > SIGNATURE or any(run.end() - run.start() > WHITE_SPACE for run in runs):
        return set(), "policy"
    for index in range(min(len(signatures), SIGNATURES)):
        try:
            if message.verify(idx=index, dnsfunc=key):
                signed.add(message.domain.decode("ascii", "replace").lower())
        except _BAD:
            continue  # one that is badly formed does not take away from another that verifies
    return signed, "pass" if signed else "temperror" if unanswered else "fail"


def _spf(peer: str, helo: str, sender: str, ask: Ask) -> tuple[str, str]:
    """The domain that SPF looked at, and the outcome."""
    try:
        query = _Query(peer, sender, helo or "unknown", ask)
        return query.o.lower(), str(query.check()[0])
    except (spf.PermError, *_BAD):
        return "", "permerror"


class _Query(spf.query):  # type: ignore[misc]
    """SPF by our own DNS; the package asks the system's."""

    def __init__(self, peer: str, sender: str, helo: str, ask: Ask) -> None:
        super().__init__(i=peer, s=sender, h=helo)
        self._ask = ask

    def dns(self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[object]:
        answer = self._ask(str(name).rstrip("."), qtype)
        if _unanswered(answer):
            raise spf.TempError(f"DNS {qtype} {name}")
        if not answer.records and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("too many lookups without an answer")
        if qtype in ("TXT", "SPF"):
            return [(record.encode(),) for record in answer.records]
        if qtype == "MX":
            pairs = (record.split() for record in answer.records)
            return [(int(rank), host) for rank, host in pairs]
        return list(answer.records)


async def _policy(domain: str, lookup: Callable[[str, str], Awaitable[Answer]]) -> dict[str, str] | None:
    """Tags of the domain's DMARC record, or of its organisation's; empty without one, None when nobody answered."""
    for place in dict.fromkeys((domain, _organisation(domain))):
        answer = await lookup(f"_dmarc.{place}", "TXT")
        if _unanswered(answer):
            return None
        records = [text for text in answer.records if re.match(r"v\s*=\s*DMARC1\s*(;|$)", text)]
        if records:
            # more than one record, or one that asks for nothing, is as good as none (RFC 7489, 6.6.3)
            tags = _tags(records[0])
            known = tags.get("p") in ("none", "quarantine", "reject") or "rua" in tags
            return tags if known and len(records) == 1 else {}
    return {}


def _tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip().lower() for name, _, value in pairs}


def _same(one: str, other: str, mode: str) -> bool:
    """Alignment (RFC 7489, 3.1): the same domain where strict (`s`), of the same organisation where relaxed."""
    if mode == "s":
        return one == other
    return bool(one) and _organisation(one) == _organisation(other)


def _organisation(domain: str) -> str:
    """The last two labels: a simplification of the public suffix list, too generous under suffixes such as co.uk."""
    return ".".join(domain.split(".")[-2:])


def _unanswered(answer: Answer) -> bool:
    return bool(answer.failure) or answer.code not in ("NOERROR", "NXDOMAIN")
