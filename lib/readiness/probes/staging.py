"""Staging: it answers, and it is not production under another name."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from readiness.answers.obstacle import REFUSED, obstacle
from readiness.answers.release import release
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.stranger import catch_all, lost
from readiness.wire.exchange import Exchange, Recorded, host_and_port

_ANSWERS, _SAME, _SHARES = "staging.answers", "staging.same_deployment", "staging.shares_signing_keys"


@probe(
    Fact(_ANSWERS, "boolean", "Staging's health route answers 200."),
    Fact(_SAME, "boolean", "Staging is the production instance: same address, certificate and release."),
    Fact(_SHARES, "boolean", "Staging and production publish the same signing key."),
    deadline=60,
)
async def staging(context: Context) -> AsyncIterator[Observation]:
    """Compare both sides' health answers, addresses, certificates and signing keys."""
    target, client = context.target, context.client
    if target.staging is None:
        for fact in (_ANSWERS, _SAME, _SHARES):
            yield unavailable(fact, "the target file names no staging")
        return
    ours, theirs = await asyncio.gather(
        client.get(context.url(target.routes.health), follow=3),
        client.get(target.staging + target.routes.health, follow=3),
    )
    yield await _answers(context, theirs, ours)
    yield await _same(context, ours, theirs)
    yield await _shares(context)


async def _answers(context: Context, theirs: Exchange, ours: Exchange) -> Observation:
    if theirs.failure == REFUSED and ours.status is not None:  # we can reach the platform, and nobody listens there
        return observed(_ANSWERS, False, theirs, ours)
    if theirs.status is None or theirs.status == 429:
        return unavailable(_ANSWERS, obstacle(theirs), theirs)
    if theirs.status in (401, 403):
        return unavailable(_ANSWERS, f"status {theirs.status}: staging is not open to this client", theirs)
    landed = urlsplit(theirs.final_url).hostname
    if landed not in context.target.hosts:
        return unavailable(_ANSWERS, f"staging sends its visitors to {landed}", theirs)
    if landed != urlsplit(context.target.staging).hostname:  # that is production answering
        return observed(_ANSWERS, False, theirs)
    control = await lost(context, str(context.target.staging))
    return observed(_ANSWERS, theirs.status == 200 and not catch_all(theirs, control), theirs, control)


async def _same(context: Context, ours: Exchange, theirs: Exchange) -> Observation:
    """The same only if address, certificate and release all are; one that differs tells two deployments apart."""
    client, (here, there) = context.client, (context.target.production, str(context.target.staging))
    if ours.status is None or theirs.status is None:
        return unavailable(_SAME, ours.failure or theirs.failure, ours, theirs)
    if here == there:
        return observed(_SAME, True, ours, theirs)
    cited: list[Recorded] = [ours, theirs]
    try:
        # the port does not count: one process may listen on many
        if not await _addresses(context, here) & await _addresses(context, there):
            return observed(_SAME, False, *cited)
    except OSError as error:
        return unavailable(_SAME, str(error), *cited)
    if here.startswith("https:") and there.startswith("https:"):
        pair = await asyncio.gather(client.handshake(here, check="nothing"), client.handshake(there, check="nothing"))
        cited += pair
        if any(not one.certificate for one in pair):
            return unavailable(_SAME, pair[0].failure or pair[1].failure or "no certificate was shown", *cited)
        if pair[0].certificate != pair[1].certificate:
            return observed(_SAME, False, *cited)
    if blocked := obstacle(ours) or obstacle(theirs):
        return unavailable(_SAME, f"same address and certificate, and no release to compare: {blocked}", *cited)
    mine, other = release(ours), release(theirs)
    common = mine.keys() & other.keys()
    if not common:
        return unavailable(_SAME, "same address and certificate, and the health answers name no release", *cited)
    return observed(_SAME, all(mine[key] == other[key] for key in common), *cited)


async def _addresses(context: Context, url: str) -> set[str]:
    """Every address of the host: names that share several are answered in turns."""
    host, _ = host_and_port(url)
    found = {await context.client.address(host)}
    if host not in found:
        for answer in [await context.client.lookup(host, kind) for kind in ("A", "AAAA")]:
            found.update(answer.records)
    return found


async def _shares(context: Context) -> Observation:
    route = context.target.routes.jwks
    if route is None:
        return unavailable(_SHARES, "the target file names no routes.jwks")
    pair = await asyncio.gather(
        context.client.get(context.url(route), follow=3),
        context.client.get(f"{context.target.staging}{route}", follow=3),
    )
    keys = []
    for answer, side in zip(pair, ("production", "staging"), strict=True):
        if not answer.ok:
            reason = obstacle(answer) or f"status {answer.status} instead of signing keys"
            return unavailable(_SHARES, f"{side}: {reason}", answer)
        keys.append(signing_keys(answer.json()))
        if not keys[-1]:
            return unavailable(_SHARES, f"{side} publishes no signing key", answer)
    return observed(_SHARES, bool(keys[0] & keys[1]), *pair)


def signing_keys(document: Any) -> set[tuple[str, str, int]]:
    """Identities of the public keys of a JWKS (RFC 7517): kind, curve, and modulus or x coordinate.

    These decide which private key signs; `kid` is a label that two sides may choose alike or differently.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    found = set()
    for key in listed if isinstance(listed, list) else ():
        if isinstance(key, dict) and (number := _number(key.get("n") or key.get("x"))):
            found.add((str(key.get("kty")), str(key.get("crv", "")), number))
    return found


def _number(text: Any) -> int:
    """The integer that base64url text stands for (padding and leading zeros aside); 0 when it is none."""
    try:
        return int.from_bytes(base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)), "big")
    except (AttributeError, TypeError, ValueError, binascii.Error):
        return 0
