"""Passwords: which are taken, and whether a long one is used whole."""

import asyncio
import secrets
from collections.abc import AsyncIterator

from readiness.accounts import Person, Reply
from readiness.accounts.carrier import refused
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.wire.exchange import Exchange

SHORT, COMMON, EMAIL = "passwords.short_refused", "passwords.common_refused", "passwords.email_refused"
BREACHED = "passwords.breached_refused"
LONG, WHOLE, FREE = "passwords.long_accepted", "passwords.whole_used", "passwords.composition_free"

COMMON_ONES = ("password123", "qwertyuiop", "1234567890123")
"""From the top of every list of common passwords, none of them too short (OWASP ASVS 5.0, 6.2.4)."""
BREACHED_ONE = "1qaz2wsx3edc"
"""Not in a list of the commonest, and known to every list of breached passwords (NIST SP 800-63B, 5.1.1.2)."""
LETTERS = 64
"""Characters of a passphrase that has to be taken (NIST SP 800-63B, 5.1.1.2; OWASP ASVS 5.0, 6.2.9)."""
BCRYPT = 72
"""Bytes of a password that bcrypt looks at."""


@probe(
    Fact(SHORT, "boolean", "A password of seven characters is refused."),
    Fact(COMMON, "boolean", "Passwords from the top of the lists are refused."),
    Fact(EMAIL, "boolean", "The own e-mail address is refused as a password."),
    Fact(BREACHED, "boolean", "A password that is known from breaches is refused."),
    Fact(LONG, "boolean", "A passphrase of 64 characters, with spaces and non-ASCII letters, is taken and signs in."),
    Fact(WHOLE, "boolean", "A password that differs from the right one after its 72nd byte alone does not sign in."),
    Fact(FREE, "boolean", "A long passphrase of lower case letters alone is taken."),
    deadline=150,
)
async def passwords(context: Context) -> AsyncIterator[Observation]:
    """Sign up with good passwords, then with bad ones: a refusal says something where a good one is taken."""
    long, plain = (asyncio.create_task(_sign_up(context, text)) for text in (_passphrase(), _lower_case()))
    yield await settled(LONG, _accepted(LONG, long))
    yield await settled(WHOLE, _whole_used(long))
    yield await settled(FREE, _accepted(FREE, plain))
    bad = {
        SHORT: [f"{secrets.token_hex(2)}!Q7"],
        COMMON: list(COMMON_ONES),
        EMAIL: [""],
        BREACHED: [BREACHED_ONE],
    }
    for fact, texts in bad.items():
        yield await settled(fact, _refused(context, fact, texts, (long, plain)))


SignedUp = tuple[Person, Reply, "Reply | None"]
"""Who it is, the answer to signing up, and the answer to signing in; None where signing up was refused."""


async def _sign_up(context: Context, password: str) -> SignedUp:
    """Sign up and in. A platform that tells nobody whether it took a password shows it by letting them in.

    Raises:
        Unobservable: The answer says nothing of the password, or it is not known whether it was taken.
    """
    since = context.client.time()
    person, reply = await context.accounts.register(password=password)
    if reply.settle().status in (400, 422):
        return person, reply, None
    reply.succeed()
    await context.accounts.verify(person, since)
    return person, reply, await person.try_sign_in()


async def _accepted(fact: str, signing_up: asyncio.Task[SignedUp]) -> Observation:
    _, reply, entered = await signing_up
    if entered is None:
        return observed(fact, False, reply.exchange)
    return observed(fact, not refused(entered), reply.exchange, entered.exchange)


async def _whole_used(signing_up: asyncio.Task[SignedUp]) -> Observation:
    person, reply, entered = await signing_up
    if entered is None or refused(entered):
        raise Unobservable("no password of more than 72 bytes was taken", reply.exchange)
    cut = await person.try_sign_in(password=person.password[:-1] + "?")
    return observed(WHOLE, refused(cut), entered.exchange, cut.exchange)


async def _refused(
    context: Context, fact: str, texts: list[str], good: tuple[asyncio.Task[SignedUp], ...]
) -> Observation:
    """Each is refused, while something good was taken: else the refusal may have another reason."""
    taken = [one for one in await asyncio.gather(*good, return_exceptions=True) if not isinstance(one, BaseException)]
    proof = [reply.exchange for _, reply, entered in taken if entered is not None and not refused(entered)]
    if not proof:
        raise Unobservable("no good password was taken, so that a refusal says nothing of a bad one")
    seen: list[Exchange] = []
    for text in texts:
        stranger = context.accounts.stranger(password=text) if text else context.accounts.stranger()
        since = context.client.time()
        person, reply = await context.accounts.register(email=stranger.email, password=text or stranger.email)
        seen.append(reply.exchange)
        if reply.settle().status in (400, 422):
            continue
        reply.succeed()
        letter = None if isinstance(person.mailbox, str) else await person.letter("verify", since=since)
        if letter is None and "verify" in context.target.operations:
            raise Unobservable("it was answered with a success, and no mail shows whether it was taken", *seen)
        return observed(fact, False, *seen)
    return observed(fact, True, proof[0], *seen)


def _passphrase() -> str:
    """64 characters with spaces and two-byte letters, so that the last of them stands after byte 72."""
    words = f"{secrets.token_hex(10)} größe über änderung äöü ñandú éclair çedille ".ljust(LETTERS - 6, "ü")
    text = f"{words[: LETTERS - 6]} 7Zx q"
    assert len(text) == LETTERS and len(text[:-1].encode()) >= BCRYPT
    return text


def _lower_case() -> str:
    return "".join(secrets.choice("abcdefghijkmnopqrstuvwxyz") for _ in range(28))
