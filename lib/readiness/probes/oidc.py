"""OpenID Connect: whether the code flow keeps to the standards, and what undermines it is refused."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt

from readiness.answers.obstacle import away
from readiness.application import REDIRECT, WELL_KNOWN, Application, Landing, Provider, provider_of, registered
from readiness.errors import Unobservable
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, settled
from readiness.wire.exchange import Exchange

PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
"""Members of a JSON Web Key that only its owner may know (RFC 7518, 6)."""

_HOST = urlsplit(REDIRECT).hostname
VARIANTS = {
    "a longer path": f"{REDIRECT}/extra",
    "a way up the path": f"{REDIRECT}/../elsewhere",
    "plain HTTP": f"http://{_HOST}/callback",
    "the host as a user name": f"https://{_HOST}@evil.example/callback",
    "a subdomain": f"https://evil.{_HOST}/callback",
    "the host as a prefix": f"https://{_HOST}.evil.example/callback",
    "another port": f"https://{_HOST}:8443/callback",
    "a fragment": f"{REDIRECT}#fragment",
    "another case": f"https://{_HOST}/Callback",
    "an encoded letter": f"https://{_HOST}/%63allback",
    "a further query": f"{REDIRECT}?next=https://evil.example/",
    "another host": "https://evil.example/callback",
}
"""Addresses that a careless comparison takes for the registered one (RFC 9700, 4.1)."""

_SKEW_S = 60


@dataclass(frozen=True)
class Flow:
    """One code flow, from the authorization request to the tokens.

    Attributes:
        landing: Where the code came.
        exchanges: All of it, in order.
        tokens: What the code was exchanged for; empty where the flow broke off.
        reason: Why it broke off.
    """

    landing: Landing
    exchanges: tuple[Exchange, ...]
    tokens: dict[str, Any]
    reason: str = ""

    def need(self, name: str) -> str:
        """A token by its name.

        Raises:
            Unobservable: The flow broke off, or did not give it.
        """
        if not self.tokens.get(name):
            raise Unobservable(self.reason or f"the code was exchanged for no {name}", *self.exchanges)
        return str(self.tokens[name])


@probe(
    Fact("oidc.issuer_exact", "boolean", "The issuer is the beginning of the discovery document's address, exactly."),
    Fact("oidc.keys", "number", "Public keys that the platform publishes to verify ID tokens.", "keys"),
    Fact("oidc.keys_incomplete", "number", "Published keys without an id or an algorithm.", "keys"),
    Fact("oidc.private_keys", "number", "Published keys that hold a private part.", "keys"),
    Fact("oidc.code_flow", "boolean", "The code flow with PKCE S256 ends in an ID token, the state being returned."),
    Fact("oidc.id_token_valid", "boolean", "The ID token is signed by a published key, for the application, in force."),
    Fact("oidc.nonce_echoed", "boolean", "The ID token holds the nonce of the request."),
    Fact("oidc.userinfo_same_subject", "boolean", "Userinfo tells of the subject of the ID token."),
    Fact("oidc.code_replay_refused", "boolean", "A code that was used is refused with invalid_grant."),
    Fact("oidc.plain_refused", "boolean", "PKCE with the method plain leads to no token."),
    Fact("oidc.pkce_required", "boolean", "A request without PKCE leads to no token."),
    Fact("oidc.wrong_verifier_refused", "boolean", "A code with another verifier is refused."),
    Fact("oidc.wrong_secret_refused", "boolean", "A wrong client secret is refused with 401."),
    Fact("oidc.implicit_refused", "boolean", "The implicit flow gives no token."),
    Fact("oidc.redirect_variants", "number", "Variants of the redirect address that were asked for.", "addresses"),
    Fact("oidc.redirect_variants_accepted", "number", "Variants redirected to, or given a code.", "addresses"),
    deadline=120,
)
async def oidc(context: Context) -> AsyncIterator[Observation]:
    """Read the discovery document and the keys, register an application and sign in through it, well and badly."""
    try:
        provider = await provider_of(context)
    except Unobservable as obstacle:
        for fact in oidc.facts:
            yield await settled(fact.name, _raise(obstacle))
        return
    yield await settled("oidc.issuer_exact", _issuer(provider))
    for name in ("keys", "keys_incomplete", "private_keys"):
        yield await settled(f"oidc.{name}", _keys(context, provider, name))
    async with AsyncExitStack() as stack:
        try:
            application = await stack.enter_async_context(registered(context, provider))
            flow = await _flow(application)
        except Unobservable as obstacle:
            for name in (*_CHECKS, *_VARIANTS):
                yield await settled(f"oidc.{name}", _raise(obstacle))
            return
        # one after another: a code used twice may take the tokens with it, which are still needed before
        for name, check in _CHECKS.items():
            yield await settled(f"oidc.{name}", check(application, flow))
        landings = asyncio.ensure_future(_landings(application, flow))
        for name in _VARIANTS:
            yield await settled(f"oidc.{name}", _variants(landings, name))


async def _raise(obstacle: Unobservable) -> Observation:
    raise obstacle


# --- what is published ---------------------------------------------------------------------------------------------


async def _issuer(provider: Provider) -> Observation:
    exact = provider.address == provider.issuer + WELL_KNOWN  # OpenID Connect Discovery 1.0, 4.3
    return observed("oidc.issuer_exact", exact, provider.exchange)


async def _keys(context: Context, provider: Provider, name: str) -> Observation:
    keys, exchange = await _key_set(context, provider)
    chosen = {
        "keys": keys,
        "keys_incomplete": [key for key in keys if not (key.get("kid") and key.get("alg"))],
        "private_keys": [key for key in keys if any(member in key for member in PRIVATE)],
    }
    return observed(f"oidc.{name}", len(chosen[name]), exchange)


async def _key_set(context: Context, provider: Provider) -> tuple[list[dict[str, Any]], Exchange]:
    address = str(provider.metadata.get("jwks_uri") or "")
    if not address:
        raise Unobservable("the discovery document names no jwks_uri", provider.exchange)
    exchange = await context.client.get(address)
    if reason := away(exchange):
        raise Unobservable(reason, exchange)
    answer = exchange.json()
    keys = answer.get("keys") if isinstance(answer, dict) else None
    if not exchange.ok or not isinstance(keys, list):
        raise Unobservable(f"no key set: status {exchange.status}", exchange)
    found = [key for key in keys if isinstance(key, dict)]
    for key in found:
        context.client.hide(*(key[member] for member in PRIVATE if isinstance(key.get(member), str)))
    return found, exchange


# --- the flow as it should be --------------------------------------------------------------------------------------


async def _flow(application: Application) -> Flow:
    landing = await application.authorize()
    if not landing.code:
        if landing.returned or landing.exchange.status in (400, 422):
            return Flow(landing, (landing.exchange,), {}, "the authorization request was refused")
        where = "led to another page" if landing.place else f"was answered with status {landing.exchange.status}"
        raise Unobservable(f"the authorization request of a signed-in user {where}", landing.exchange)
    answer = await application.exchange(landing)
    tokens = answer.json()
    exchanges = (landing.exchange, answer)
    if not answer.ok or not isinstance(tokens, dict):
        return Flow(landing, exchanges, {}, f"the code was not exchanged: status {answer.status}")
    return Flow(landing, exchanges, tokens)


async def _code_flow(application: Application, flow: Flow) -> Observation:
    whole = bool(flow.tokens.get("access_token") and flow.tokens.get("id_token"))
    returned = flow.landing.values.get("state") == flow.landing.state
    return observed("oidc.code_flow", whole and returned, *flow.exchanges)


async def _id_token_valid(application: Application, flow: Flow) -> Observation:
    token = flow.need("id_token")
    keys, exchange = await _key_set(application.context, application.provider)
    try:
        _verify(token, keys, application)
        valid = True
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        valid = False
    return observed("oidc.id_token_valid", valid, *flow.exchanges, exchange)


def _verify(token: str, keys: list[dict[str, Any]], application: Application) -> None:
    header = jwt.get_unverified_header(token)
    algorithm = str(header.get("alg"))
    if algorithm.startswith("HS"):
        key: Any = application.secret  # OpenID Connect Core 1.0, 10.1: the secret is the key then
    else:
        named = [one for one in keys if one.get("kid") == header.get("kid")]
        public = {name: value for name, value in named[0].items() if name not in PRIVATE} if named else {}
        key = jwt.PyJWK(public, algorithm)
    jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        audience=application.id,
        issuer=application.provider.issuer,
        leeway=_SKEW_S,
        options={"require": ["iss", "sub", "aud", "exp", "iat"]},
    )


def _claims(flow: Flow) -> dict[str, Any]:
    try:
        return dict(jwt.decode(flow.need("id_token"), options={"verify_signature": False}))
    except jwt.PyJWTError:
        raise Unobservable("the ID token cannot be read", *flow.exchanges) from None


async def _nonce_echoed(application: Application, flow: Flow) -> Observation:
    return observed("oidc.nonce_echoed", _claims(flow).get("nonce") == flow.landing.nonce, *flow.exchanges)


async def _userinfo_same_subject(application: Application, flow: Flow) -> Observation:
    subject, answer = _claims(flow).get("sub"), await application.userinfo(flow.need("access_token"))
    told = answer.json()
    same = answer.ok and isinstance(told, dict) and bool(subject) and told.get("sub") == subject
    return observed("oidc.userinfo_same_subject", same, *flow.exchanges, answer)


# --- what has to be refused: seen only where the flow as it should be was not ----------------------------------------


async def _code_replay_refused(application: Application, flow: Flow) -> Observation:
    flow.need("access_token")
    again = await application.exchange(flow.landing, note="with a code that was used before")
    return observed("oidc.code_replay_refused", _error(again) == "invalid_grant", *flow.exchanges, again)


async def _plain_refused(application: Application, flow: Flow) -> Observation:
    flow.need("access_token")
    landing = await application.authorize("PKCE with the method plain", code_challenge_method="plain")
    return observed("oidc.plain_refused", *await _no_token(application, landing))


async def _pkce_required(application: Application, flow: Flow) -> Observation:
    flow.need("access_token")
    landing = await application.authorize("without PKCE", code_challenge=None, code_challenge_method=None)
    return observed("oidc.pkce_required", *await _no_token(application, landing, verifier=None))


async def _no_token(application: Application, landing: Landing, **changed: Any) -> tuple[Any, ...]:
    """Whether nothing came of a landing, and in which exchanges."""
    if not landing.code:
        return True, landing.exchange
    answer = await application.exchange(landing, **changed)
    return not answer.ok, landing.exchange, answer


async def _wrong_verifier_refused(application: Application, flow: Flow) -> Observation:
    landing, exchanges = await _fresh(application, flow)
    answer = await application.exchange(landing, verifier=landing.verifier[::-1], note="with another verifier")
    return observed("oidc.wrong_verifier_refused", _error(answer) == "invalid_grant", *exchanges, answer)


async def _wrong_secret_refused(application: Application, flow: Flow) -> Observation:
    landing, exchanges = await _fresh(application, flow)
    wrong = application.secret[::-1] + "x"
    application.context.client.hide(wrong)
    answer = await application.exchange(landing, secret=wrong, note="with a wrong client secret")
    # RFC 6749, 5.2: 401 where the header was used, else 400 will do
    right = answer.status == 401 or (not application.by_header and _error(answer) == "invalid_client")
    return observed("oidc.wrong_secret_refused", right, *exchanges, answer)


async def _fresh(application: Application, flow: Flow) -> tuple[Landing, tuple[Exchange, ...]]:
    flow.need("access_token")
    landing = await application.authorize()
    if not landing.code:
        raise Unobservable("a second authorization request gave no code", landing.exchange)
    return landing, (landing.exchange,)


async def _implicit_refused(application: Application, flow: Flow) -> Observation:
    flow.need("access_token")
    kinds = ("token", "id_token token")
    landings = [await application.authorize(f"response_type={kind}", response_type=kind) for kind in kinds]
    given = [one for one in landings if one.values.keys() & {"access_token", "id_token"}]
    return observed("oidc.implicit_refused", not given, *(one.exchange for one in given or landings))


async def _landings(application: Application, flow: Flow) -> dict[str, Landing]:
    flow.need("access_token")
    asked = (application.authorize(f"redirect_uri: {what}", redirect_uri=place) for what, place in VARIANTS.items())
    return dict(zip(VARIANTS.values(), await asyncio.gather(*asked), strict=True))


async def _variants(asked: Awaitable[dict[str, Landing]], name: str) -> Observation:
    landings = await asked
    accepted = [landing for place, landing in landings.items() if _leads_to(landing, place)]
    if name == "redirect_variants":
        return observed("oidc.redirect_variants", len(landings), *(one.exchange for one in landings.values()))
    exchanges = [one.exchange for one in accepted or landings.values()]
    return observed("oidc.redirect_variants_accepted", len(accepted), *exchanges)


def _leads_to(landing: Landing, variant: str) -> bool:
    """A code was given, or the person was sent to an address that is not the registered one."""
    if landing.code:
        return True
    host = _host(landing.place)
    if not host or host not in (_host(variant), _HOST):
        return False  # a page of the platform's own
    return landing.place.startswith(variant) or landing.place.partition("?")[0].partition("#")[0] != REDIRECT


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _error(exchange: Exchange) -> str:
    answer = exchange.json()
    return str(answer.get("error")) if isinstance(answer, dict) and not exchange.ok else ""


_CHECKS: dict[str, Callable[[Application, Flow], Awaitable[Observation]]] = {
    "code_flow": _code_flow,
    "id_token_valid": _id_token_valid,
    "nonce_echoed": _nonce_echoed,
    "userinfo_same_subject": _userinfo_same_subject,
    "code_replay_refused": _code_replay_refused,
    "plain_refused": _plain_refused,
    "pkce_required": _pkce_required,
    "wrong_verifier_refused": _wrong_verifier_refused,
    "wrong_secret_refused": _wrong_secret_refused,
    "implicit_refused": _implicit_refused,
}
_VARIANTS = ("redirect_variants", "redirect_variants_accepted")
