"""Operations: what a test account can ask of a platform, described in the target file so that no platform needs code.

A name of the vocabulary (`sign_up`, `refresh`, …) is given a method, a path and templates for what is sent, and is told
where the answer holds what comes back. Probes know the names alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, Self
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from pydantic import AfterValidator, Field, model_validator

from readiness.body import FORM, Body
from readiness.document import Record
from readiness.errors import Unobservable

Caller = Literal["nobody", "user", "admin"]

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Meaning:
    """What an operation of the vocabulary means.

    Attributes:
        does: What it does, in one line.
        uses: Placeholders that its templates may hold.
        gives: Names that its `answer` may locate.
        by: Who asks for it.
    """

    does: str
    uses: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    by: Caller = "user"


def _meaning(does: str, uses: str = "", gives: str = "", by: Caller = "user") -> Meaning:
    return Meaning(does, tuple(uses.split()), tuple(gives.split()), by)


_TOKENS = "access refresh expires_in refresh_expires_in csrf"

OPERATIONS: dict[str, Meaning] = {
    # becoming a user
    "sign_up": _meaning("create an account", "email password name", "id expires_in", "nobody"),
    "verify": _meaning("verify the address with what was mailed", "email token", "", "nobody"),
    "resend_verification": _meaning("send the verification mail again", "email", "", "nobody"),
    "sign_in": _meaning(
        "sign in; `challenge` stands for a second factor that is asked for",
        "email password remember",
        f"id challenge {_TOKENS}",
        "nobody",
    ),
    "refresh": _meaning("exchange a refresh token for new tokens", "refresh", _TOKENS, "nobody"),
    "sign_out": _meaning("end the session", "refresh"),
    "short_token": _meaning("issue an access token of the own that lives a minute at most", "", "access"),
    "foreign_token": _meaning("issue a token of the own for another audience than this API", "", "access"),
    "forgot": _meaning("ask for a mail to reset the password", "email", "expires_in", "nobody"),
    "reset": _meaning("set a new password with what was mailed", "email token password", "", "nobody"),
    # the own account
    "me": _meaning("read the own profile", "", "id email name role tenant"),
    "update": _meaning("change the own profile", "name"),
    "update_role": _meaning("the same with another role beside it, to be refused or ignored", "name role"),
    "update_tenant": _meaning("the same with another tenant beside it, to be refused or ignored", "name tenant"),
    "change_email": _meaning("ask for another address", "email password"),
    "confirm_email": _meaning("confirm the new address with what was mailed to it", "email token", "", "nobody"),
    "conflict": _meaning("ask for what the state of things forbids, answered 409", "email password id name"),
    "change_password": _meaning("change the password", "password new_password"),
    "delete": _meaning("delete the own account, or have it deleted at a later time", "password", "erased_at"),
    "export": _meaning("export the own data", "password", "id url", "user"),
    "export_download": _meaning("fetch an export that was prepared", "id url"),
    "sessions": _meaning("list the own sessions", "", "id device address last_used current"),
    "session_revoke": _meaning("end one session", "id"),
    "notices": _meaning("list notices in the app", "", "kind read"),
    "opt_out": _meaning("switch mail other than security mail off", ""),
    "product_mail": _meaning("have a mail sent that is no security mail", "email id", "", "admin"),
    # the second factor
    "totp_enrol": _meaning("begin to enrol a second factor", "password", "secret uri"),
    "totp_confirm": _meaning("confirm it with a code", "code", "recovery"),
    "totp_challenge": _meaning("answer a challenge with a code", "challenge code", _TOKENS, "nobody"),
    "totp_recover": _meaning("answer a challenge with a recovery code", "challenge code", _TOKENS, "nobody"),
    "totp_disable": _meaning("remove the second factor", "password code"),
    # keys, usage, webhooks
    "api_key_create": _meaning("create an API key of one scope, which the template names", "name expires_at", "id key"),
    "api_keys": _meaning("list API keys", "", "id last_used"),
    "api_key_revoke": _meaning("revoke an API key", "id"),
    "api_key_rotate": _meaning("replace an API key, the old one living on for a while", "id", "id key"),
    "keyed": _meaning("an operation within the key's scope", "key", "", "nobody"),
    "keyed_second": _meaning("another operation within the key's scope", "key", "", "nobody"),
    "keyed_other": _meaning("an operation outside of the key's scope", "key", "", "nobody"),
    "plans": _meaning("read the published table of plans", "", "name requests", "nobody"),
    "usage": _meaning("read how often a key was used, in all and for each operation", "id", "count operation calls"),
    "webhook_create": _meaning("have events sent to an address", "url", "id secret"),
    "webhook_event": _meaning("have an event sent", "id"),
    "webhook_delete": _meaning("have no more events sent", "id"),
    # OpenID Connect and GraphQL
    "oidc_client_create": _meaning("register an application", "name redirect_uri", "id secret"),
    "oidc_client_delete": _meaning("remove an application", "id"),
    "graphql": _meaning("ask by GraphQL", "query"),
    # administrators
    "users": _meaning("list users; only administrators may", "email", "id email", "admin"),
    "user": _meaning("read one user; another tenant's is not there", "id", "id email"),
    "user_delete": _meaning("delete one user", "id email", "", "admin"),
    "set_plan": _meaning("change the plan of a user's tenant", "id plan", "", "admin"),
    "import": _meaning("import users in bulk", "rows csv", "id created errors", "admin"),
    "import_undo": _meaning("remove what an import created", "id", "", "admin"),
    "audit": _meaning("read the audit log", "id", "actor action target address time result", "admin"),
}
"""The vocabulary. Every probe that uses accounts works with these names, so a platform is described, never coded."""


def _path(path: str) -> str:
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError(f"expected a path that starts with one /, got {path!r}")
    return path


class Operation(Record):
    """How one operation is asked for on this platform."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field("POST", description="HTTP method")
    path: Annotated[str, AfterValidator(_path)] = Field(description="path, placeholders allowed: `/v1/users/{id}`")
    query: dict[str, str] = Field({}, description="query parameters")
    headers: dict[str, str] = Field({}, description='request headers, such as `X-API-Key: "{key}"`')
    body: Any = Field(None, description="JSON body; a text that is one placeholder alone keeps the value's type")
    form: dict[str, str] | None = Field(None, description="form fields instead of a JSON body")
    answer: dict[str, str] = Field(
        {},
        description="where the answer holds what comes back: `data.user.id`, `items.*.id`, `header:location`, "
        "`location:code` (a parameter of the address redirected to), `cookie:sid`, or `.` for the whole body",
    )
    by: Caller | None = Field(None, description="who asks: nobody, user or admin; default: as the vocabulary says")
    undocumented: bool = Field(False, description="it is not in the platform's OpenAPI document on purpose")

    @model_validator(mode="after")
    def _one_kind_of_body(self) -> Self:
        if self.body is not None and self.form is not None:
            raise ValueError("expected a body or a form, got both")
        return self

    @property
    def placeholders(self) -> frozenset[str]:
        """Every placeholder of the templates."""
        templates = [self.path, self.query, self.headers, self.body, self.form or {}]
        return frozenset(name for text in _texts(templates) for name in _PLACEHOLDER.findall(text))

    def request(self, values: Mapping[str, Any], name: str = "the operation") -> "Asked":
        """What is sent for these values.

        Raises:
            Unobservable: A placeholder has no value.
        """
        missing = sorted(self.placeholders - values.keys())
        if missing:
            raise Unobservable(f"{name} needs {', '.join(missing)}, which this platform did not give")
        path = _PLACEHOLDER.sub(lambda match: quote(str(values[match[1]]), safe=""), self.path)
        query = {key: _fill(text, values) for key, text in self.query.items()}
        if query:
            path += ("&" if "?" in path else "?") + urlencode(query)
        headers = {key: str(_fill(text, values)) for key, text in self.headers.items()}
        body = Body()
        if self.form is not None:
            body = Body.of(_fill(self.form, values), FORM)
        elif self.body is not None:
            body = Body.of(_fill(self.body, values))
        return Asked(self.method, path, {**body.headers, **headers}, body.content)

    def found_in(self, answer: "Answered") -> dict[str, Any]:
        """The named values that the answer holds; one that is not where it should be is left out."""
        body = answer.json()
        found = {name: _locate(place, body, answer) for name, place in self.answer.items()}
        return {name: value for name, value in found.items() if value not in (None, "", [])}


class Answered(Protocol):
    """What an answer has to tell for its values to be found, whoever asked."""

    def json(self) -> Any:
        """The body as JSON; None where it is none."""

    def header(self, name: str, /) -> str | None:
        """A header's value; None where there is none."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """Cookies that it sets, by name."""
        ...


@dataclass(frozen=True)
class Asked:
    """One request, ready to be sent."""

    method: str
    path: str
    headers: dict[str, str]
    content: str


def check(operations: Mapping[str, Operation]) -> list[str]:
    """What is wrong with a target file's operations, a line each: unknown names, placeholders or answers."""
    problems = []
    for name, operation in operations.items():
        meaning = OPERATIONS.get(name)
        if meaning is None:
            problems.append(f"{name}: expected one of {', '.join(OPERATIONS)}")
            continue
        for what, given, known in (
            ("placeholder", operation.placeholders, meaning.uses),
            ("answer", operation.answer.keys(), meaning.gives),
        ):
            problems += [
                f"{name}: {what} {word!r}: expected one of {', '.join(known) or 'none'}"
                for word in sorted(set(given) - set(known))
            ]
    return problems


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for key, inner in value.items():
                yield from _texts(key)
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    match template:
        case str():
            alone = _PLACEHOLDER.fullmatch(template)
            if alone:
                return values[alone[1]]
            return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), template)
        case Mapping():
            return {key: _fill(inner, values) for key, inner in template.items()}
        case list():
            return [_fill(inner, values) for inner in template]
    return template


def _locate(place: str, body: Any, answer: Answered) -> Any:
    kind, _, name = place.partition(":")
    if kind == "header" and name:
        return answer.header(name)
    if kind == "cookie" and name:
        return answer.cookies.get(name)
    if kind == "location" and name:
        return next(iter(parse_qs(urlsplit(answer.header("location") or "").query).get(name, [])), None)
    return body if place == "." else _walk(body, place.split("."))


def _walk(value: Any, steps: list[str]) -> Any:
    for index, step in enumerate(steps):
        if step == "*":
            rest = steps[index + 1 :]
            return [_walk(item, rest) for item in value] if isinstance(value, list) else None
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
