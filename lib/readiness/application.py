"""An application of this project's own: it signs a test account in through the platform (OpenID Connect Core 1.0).

What the platform publishes of itself is read from its discovery document; nothing is sent to any other host.
"""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from readiness.accounts.visit import Visit
from readiness.answers.obstacle import away
from readiness.errors import Unobservable
from readiness.probes import Context
from readiness.wire.exchange import Exchange

REDIRECT = "https://readiness.example/callback"
"""The one address that the application is registered with; nobody has it (RFC 2606, 3), and nothing is asked of it."""

WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Provider:
    """What a platform publishes of itself.

    Attributes:
        address: Address of the discovery document.
        exchange: It was answered here.
        metadata: Its members.
    """

    address: str
    exchange: Exchange
    metadata: Mapping[str, Any]

    @property
    def issuer(self) -> str:
        """The name it signs with; empty where it has none."""
        return str(self.metadata.get("issuer") or "")


@dataclass(frozen=True)
class Landing:
    """Where an authorization request led.

    Attributes:
        exchange: The request and its answer.
        state, nonce, verifier: What went into it.
    """

    exchange: Exchange
    state: str
    nonce: str
    verifier: str

    @property
    def place(self) -> str:
        """The address it redirects to; empty where it does not."""
        location = self.exchange.header("location") or ""
        redirects = location and 300 <= (self.exchange.status or 0) < 400
        return urljoin(self.exchange.url, location) if redirects else ""

    @cached_property
    def values(self) -> dict[str, str]:
        """Parameters of that address, those of its fragment included."""
        try:
            parts = urlsplit(self.place)
        except ValueError:
            return {}
        return dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))

    @property
    def code(self) -> str:
        """The code; empty where none was given."""
        return self.values.get("code", "")

    @property
    def returned(self) -> bool:
        """The person was sent back to the application."""
        return self.place.startswith(REDIRECT) and bool(self.values.keys() & {"code", "error", "access_token"})


async def provider_of(context: Context) -> Provider:
    """The platform's discovery document.

    Raises:
        Unobservable: None is declared, or it was not answered as JSON.
    """
    route = context.target.routes.discovery
    if route is None:
        raise Unobservable("the target file names no routes.discovery")
    exchange = await context.client.get(context.url(route))
    if reason := away(exchange):
        raise Unobservable(reason, exchange)
    metadata = exchange.json()
    if not exchange.ok or not isinstance(metadata, dict):
        raise Unobservable(f"no discovery document: status {exchange.status}", exchange)
    return Provider(context.url(route), exchange, metadata)


@dataclass(frozen=True)
class Application:
    """A registered application and the person who signs in to it.

    Attributes:
        visit: The person's own session on the platform.
        id, secret: The application's credentials.
    """

    context: Context
    provider: Provider
    visit: Visit
    id: str
    secret: str

    async def authorize(self, note: str = "", **changed: str | None) -> Landing:
        """Send the person to the platform to ask for a code, with PKCE S256, state and nonce.

        Args:
            note: What is special about the request, for the record.
            changed: Parameters to add or replace; None leaves one out.

        Raises:
            Unobservable: No answer, a 429 or the like; the endpoint is not published or elsewhere.
        """
        state, nonce, verifier = (secrets.token_urlsafe(size) for size in (16, 16, 48))
        digest = hashlib.sha256(verifier.encode()).digest()
        wanted: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": REDIRECT,
            "scope": "openid email",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if changed.get("code_challenge_method") == "plain":
            wanted["code_challenge"] = verifier
        fields = {name: text for name, text in (wanted | changed).items() if text is not None}
        address = self._endpoint("authorization_endpoint")
        url = address + ("&" if "?" in address else "?") + urlencode(fields)
        exchange = await self.context.client.get(url, headers=self.visit.shown(), fresh=True, note=note)
        landing = Landing(_settled(exchange), state, nonce, verifier)
        self._hide(landing.values)
        return landing

    async def exchange(
        self, landing: Landing, *, verifier: str | None = "", secret: str = "", note: str = ""
    ) -> Exchange:
        """Exchange the code of a landing for tokens.

        Args:
            landing: Where the code was given.
            verifier: Instead of the right one; None: none at all.
            secret: Instead of the right one.
            note: What is special about the request, for the record.

        Raises:
            Unobservable: As `authorize`.
        """
        fields = {"grant_type": "authorization_code", "code": landing.code, "redirect_uri": REDIRECT}
        if verifier is not None:
            fields["code_verifier"] = verifier or landing.verifier
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self.by_header:
            pair = f"{quote(self.id, safe='')}:{quote(secret or self.secret, safe='')}"
            basic = base64.b64encode(pair.encode()).decode()
            self.context.client.hide(basic)
            headers["Authorization"] = f"Basic {basic}"
        else:
            fields |= {"client_id": self.id, "client_secret": secret or self.secret}
        exchange = await self.context.client.request(
            "POST",
            self._endpoint("token_endpoint"),
            headers=headers,
            content=urlencode(fields),
            fresh=True,
            note=note,
        )
        answer = exchange.json()
        self._hide(answer if isinstance(answer, dict) else {})
        return _settled(exchange)

    async def userinfo(self, access: str) -> Exchange:
        """Ask whom an access token stands for.

        Raises:
            Unobservable: As `authorize`.
        """
        address = self._endpoint("userinfo_endpoint")
        headers = {"Authorization": f"Bearer {access}"}
        return _settled(await self.context.client.get(address, headers=headers, fresh=True))

    @property
    def by_header(self) -> bool:
        """It proves itself by HTTP Basic, the default (OpenID Connect Discovery 1.0, 3)."""
        return "client_secret_basic" in (
            self.provider.metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        )

    def _endpoint(self, name: str) -> str:
        address = str(self.provider.metadata.get(name) or "")
        if not address:
            raise Unobservable(f"the discovery document names no {name}", self.provider.exchange)
        parts, own = urlsplit(address), urlsplit(self.context.target.production)
        if parts.hostname not in self.context.target.hosts or parts.scheme != own.scheme:
            raise Unobservable(f"the {name} is not at the platform's own host", self.provider.exchange)
        return address

    def _hide(self, values: Mapping[str, Any]) -> None:
        secret = ("code", "access_token", "refresh_token", "id_token")
        self.context.client.hide(*(values[name] for name in secret if values.get(name)))


@asynccontextmanager
async def registered(context: Context, provider: Provider) -> AsyncIterator[Application]:
    """An application of ana's, removed again at the end of the block.

    Raises:
        Unobservable: An operation is not described, or was not answered with a success.
    """
    operations = context.target.operations
    missing = [name for name in ("oidc_client_create", "oidc_client_delete") if name not in operations]
    if missing:  # what could not be removed is not made
        raise Unobservable(f"the target file does not describe the operation {missing[0]}")
    accounts = context.accounts
    visit = await accounts.visit("ana")
    owner = await accounts.admin() if operations["oidc_client_create"].by == "admin" else visit
    made = (await owner.ask("oidc_client_create", name="Readiness test", redirect_uri=REDIRECT)).succeed()
    id, secret = str(made.need("id")), str(made.need("secret"))
    accounts.owe("oidc_client_delete", id)
    try:
        yield Application(context, provider, visit, id, secret)
    finally:
        with suppress(Unobservable):
            if (await owner.ask("oidc_client_delete", id=id)).settle().status in (200, 202, 204, 404, 410):
                accounts.settled("oidc_client_delete", id)


def _settled(exchange: Exchange) -> Exchange:
    if reason := away(exchange):
        raise Unobservable(reason, exchange)
    return exchange
