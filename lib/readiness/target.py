"""The target file: one platform's addresses, permissions and references to secrets.

Each field's description is what the README's table of keys says; a test keeps the two alike.
"""

import difflib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from readiness.access import Access, Named
from readiness.address import Address, Page, Route, Server
from readiness.document import Record, folder_of
from readiness.duration import Duration
from readiness.errors import BadInput
from readiness.load.declaration import Load
from readiness.mail.declaration import Mail
from readiness.mailbox.declaration import Mailbox
from readiness.notify import Notify
from readiness.operation import Operation, check
from readiness.plan import Plan
from readiness.receiver import Receiver
from readiness.secret import Secret
from readiness.source import Sources, declared
from readiness.trail import Action
from readiness.web import Web

if TYPE_CHECKING:
    Declared = Sources
else:
    Declared = declared()

Permission = Literal["accounts", "burst", "load"]


def _patience(value: timedelta) -> timedelta:
    if value > timedelta(seconds=30):
        raise ValueError(f"expected at most 30s, got {value.total_seconds():g}s")
    return value


def _five_minutes(value: timedelta) -> timedelta:
    if value > timedelta(minutes=5):
        raise ValueError(f"expected at most 5m, got {value.total_seconds():g}s")
    return value


Patience = Annotated[Duration, AfterValidator(_patience)]


class Routes(Record):
    """Paths on the platform; one that is absent leaves its facts unknown."""

    health: Route = Field("/health", description="overall health")
    live: Route | None = Field(None, description="liveness: the process answers")
    ready: Route | None = Field(None, description="readiness: the process and what it depends on, by component")
    openapi: Route | None = Field(None, description="the OpenAPI document")
    docs: Route | None = Field(None, description="the API documentation page")
    metrics: Route | None = Field(None, description="the metrics endpoint, which must not be public")
    jwks: Route | None = Field(None, description="the public signing keys (RFC 7517)")
    discovery: Route | None = Field(None, description="the OpenID Connect discovery document")
    security_txt: Route = Field("/.well-known/security.txt", description="the disclosure contact (RFC 9116)")
    page: Route = Field("/", description="a page that a browser opens; its headers are judged")
    static: Route | None = Field(None, description="a static asset that an edge cache should hold")
    protected: Route | None = Field(None, description="a GET operation that needs a signed-in user")
    search: Route | None = Field(None, description="a page that shows what its query asks for: `/help?q=word`")
    failing: Route | None = Field(None, description="a GET operation that fails on purpose, with a status of 5xx")


class Login(Record):
    """How a sign-in is asked for; it is only ever asked for with credentials that nobody has."""

    route: Route = Field(description="path of the sign-in operation (POST)")
    body: dict[str, str] | None = Field(
        None, description="members of its JSON body; `{email}` and `{password}` are replaced with made-up values"
    )
    form: dict[str, str] | None = Field(None, description="form fields instead of a JSON body, likewise")

    @model_validator(mode="after")
    def _body_or_form(self) -> Self:
        if (self.body is None) == (self.form is None):
            raise ValueError("expected a body or a form")
        return self


class Limit(Record):
    """A rate limit the platform declares for one operation."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field("POST", description="HTTP method")
    route: Route = Field(description="path of the operation")
    body: dict[str, str] | None = Field(None, description="a JSON body that the operation refuses without effect")
    form: dict[str, str] | None = Field(None, description="form fields instead of a JSON body, likewise")
    requests: Annotated[int, Field(gt=0, le=200)] = Field(description="requests allowed in one window, at most 200")
    window: Duration = Field(description="length of the window")

    @model_validator(mode="after")
    def _one_kind_of_body(self) -> Self:
        if self.body is not None and self.form is not None:
            raise ValueError("expected a body or a form, got both")
        return self


class Carrier(Record):
    """How a signed-in user shows who asks."""

    headers: dict[str, str] = Field(
        {"Authorization": "Bearer {access}"},
        description="headers sent with every operation of a user; one whose value is not held is left out",
    )
    cookies: bool = Field(False, description="send back the cookies that answers set")
    refresh: bool = Field(True, description="there are refresh tokens; false for sessions that need none")
    leeway: Annotated[Duration, AfterValidator(_five_minutes)] = Field(
        timedelta(seconds=60),
        description="how long after its expiry a token may be accepted, for clocks that differ; at most 5m",
    )


class TestAccounts(Record):
    """The accounts that a run makes, and removes."""

    __test__ = False

    email: str = Field(
        pattern=r"^[^@\s]*\{tag\}[^@\s]*@[^@\s]+$",
        description="their addresses, `readiness+{tag}@example.com`; `{tag}` is the run and a number",
    )
    most: Annotated[int, Field(ge=1, le=200)] = Field(60, description="accounts that one run may make, at most 200")


class Administrator(Record):
    """An account that may do what only administrators may."""

    email: str = Field(min_length=3, description="its address")
    password: Secret = Field(description="its password, a reference")


class Negative(Record):
    """How much invalid input is sent, beside everything else."""

    requests: Annotated[int, Field(ge=0, le=2_000)] = Field(300, description="requests at most, at most 2000")
    seconds: Annotated[int, Field(ge=1, le=300)] = Field(40, description="time they may take, at most 300")


class Reference(Record):
    """A text that names operations of the platform: a client library, a guide."""

    name: str = Field(min_length=1, description="what it is")
    route: Route | None = Field(None, description="where the platform itself publishes it")
    url: Address | None = Field(None, description="where else it is published")
    file: Path | None = Field(None, description="a local copy of it, relative to the target file")

    @field_validator("file", mode="before")
    @classmethod
    def _beside_the_target_file(cls, value: Any, info: Any) -> Any:
        return folder_of(info) / value if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.route, self.url, self.file)) != 1:
            raise ValueError("expected one of route, url and file")
        return self


class NotApplicable(Record):
    """A requirement that does not apply to this platform: listed in the report as a change of scope."""

    requirement: str = Field(description="id of the requirement")
    reason: str = Field(min_length=10, description="why it does not apply")
    by: str = Field(min_length=2, description="who decided so")


class Pace(Record):
    """How gently the target is asked."""

    concurrency: Annotated[int, Field(ge=1, le=32)] = Field(8, description="requests in flight at most")
    timeout: Patience = Field(timedelta(seconds=10), description="patience with one request, at most 30s")
    spacing: Patience = Field(
        timedelta(seconds=10), description="time between the three production checks, at most 30s"
    )
    requests: Annotated[int, Field(ge=50, le=20_000)] = Field(
        3_000, description="requests of one run at most, at most 20000"
    )


class Target(Record):
    """One platform under assessment."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="short name; the folder under reports/")
    title: str = Field(min_length=1, description="name of the platform as people say it")
    production: Address = Field(description="base address of production's API")
    plain: Address | None = Field(None, description="where production answers plain HTTP; default: port 80 of its host")
    staging: Address | None = Field(None, description="base address of staging's API")
    origin: Address | None = Field(None, description="web origin that production's CORS policy allows")
    mail_domain: str | None = Field(None, description="domain that mail is sent from (SPF, DMARC)")
    zone: str | None = Field(None, description="DNS zone of the platform; default: found by asking")
    names: list[str] = Field([], description="further DNS names of the platform, checked for dangling CNAMEs")
    issuers: list[str] = Field([], description="CAA values of the certificate authorities in use")
    resolvers: list[Server] = Field([], description="DNS resolvers to ask; default: the system's and two public ones")
    ca_file: Path | None = Field(None, description="certificate authority to trust besides the public ones")
    routes: Routes = Field(default_factory=Routes, description="paths on the platform, see below")
    login: Login | None = Field(None, description="how a sign-in is asked for, see below")
    limits: list[Limit] = Field([], description="rate limits the platform declares, see below")
    plans: list[Plan] = Field([], description="the limits of the plans that customers pay for, see below")
    operations: dict[str, Operation] = Field(
        {}, description="what a test account can ask, by name; one that is absent leaves its facts unknown"
    )
    session: Carrier = Field(default_factory=Carrier, description="how a signed-in user shows who asks, see below")
    access: list[Access] = Field([], description="the matrix of roles and operations, executed row by row, see below")
    public: list[Named] = Field([], description="operations that anybody may ask for, such as `POST /v1/sign-in`")
    accounts: TestAccounts | None = Field(None, description="the accounts that a run makes and removes, see below")
    admin: Administrator | None = Field(None, description="an administrator of the platform, see below")
    mailbox: Mailbox | None = Field(None, description="where the platform's mails can be read, see below")
    web: Web | None = Field(None, description="the web app that people use, see below")
    receiver: Receiver | None = Field(None, description="where the platform's events can be received, see below")
    usage_delay: Annotated[Duration, AfterValidator(_five_minutes)] | None = Field(
        None,
        description="time in which usage figures are complete, as the platform says, at most 5m; where it says none, "
        "60s are waited, and fewer calls than were made prove nothing",
    )
    import_rows: Annotated[int, Field(ge=10, le=1_000)] = Field(
        1_000, description="rows of the bulk import that is tried; fewer than 1000 only where no more are taken"
    )
    audit: dict[Action, str] = Field({}, description="what the audit log calls each action that is looked for in it")
    permissions: list[Permission] = Field(
        [], description="what may be done besides looking: accounts, burst, load; loopback needs no grant"
    )
    headers: dict[str, Secret] = Field(
        {}, description="headers sent to the platform's own hosts over verified TLS; values are references"
    )
    pace: Pace = Field(default_factory=Pace, description="how gently the target is asked, see below")
    largest_body: Annotated[int, Field(ge=1, le=8_000_000)] | None = Field(
        None, description="bytes of the largest request body that is accepted"
    )
    negative: Negative = Field(default_factory=Negative, description="how much invalid input is sent, see below")
    load: Load = Field(default_factory=Load, description="journeys under load, and how much is granted, see below")
    sources: Declared = Field(
        default_factory=Declared, description="what is behind the platform and can tell facts of it: docs/sources.md"
    )
    video: Page | None = Field(None, description="page of the getting-started video")
    references: list[Reference] = Field([], description="texts that name operations of the platform, see below")
    mail: Mail | None = Field(None, description="who is mailed what of a run, and by which server, see below")
    notify: Notify | None = Field(None, description="what is told at once that something changed, see below")
    not_applicable: list[NotApplicable] = Field([], description="requirements that do not apply, see below")

    @field_validator("ca_file", mode="before")
    @classmethod
    def _beside_the_target_file(cls, value: Any, info: Any) -> Any:
        return folder_of(info) / value if isinstance(value, str) else value

    @field_validator("operations")
    @classmethod
    def _of_the_vocabulary(cls, value: dict[str, Operation]) -> dict[str, Operation]:
        problems = check(value)
        if problems:
            raise ValueError("; ".join(problems))
        return value

    @model_validator(mode="after")
    def _journeys_are_described(self) -> Self:
        for name, steps in self.load.journeys.items():
            for step in steps:
                if step.operation is not None and step.operation not in self.operations:
                    known = ", ".join(self.operations) or "none"
                    raise ValueError(f"load.journeys.{name}: {step.operation!r}: expected one of operations: {known}")
        for test in self.load.tests:
            if test.journey and test.journey not in self.load.journeys:
                raise ValueError(f"load.tests: {test.journey!r}: expected one of load.journeys")
        return self

    @property
    def host(self) -> str:
        """Host name of production."""
        return str(urlsplit(self.production).hostname)

    @property
    def plain_address(self) -> str:
        """Where production answers plain HTTP."""
        return self.plain or f"http://{self.host}"

    @property
    def hosts(self) -> frozenset[str]:
        """The platform's own host names: the only ones that are ever sent a secret."""
        addresses = (self.production, self.staging, self.web.address if self.web else None)
        return frozenset(str(urlsplit(url).hostname) for url in addresses if url)

    @classmethod
    def find(cls, target: str | Path, params: Path) -> Self:
        """Read a target by its name in `params/targets/` or by the path of its file.

        Raises:
            BadInput: No such target (with the known names), or the file is not as expected.
        """
        path = path_of(target, params)
        if path.parent == params / "targets" and not path.is_file():
            text = path.stem
            known = sorted(file.stem for file in (params / "targets").glob("*.yaml"))
            near = difflib.get_close_matches(text, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known) or 'none'}"
            raise BadInput(f"target {text!r}: no such file in {params / 'targets'}; {hint}")
        return cls.read(path)


def path_of(target: str | Path, params: Path) -> Path:
    """The file of a target that is given by its name in `params/targets/` or by the path of its file."""
    text = str(target)
    return Path(target) if text.endswith((".yaml", ".yml")) or "/" in text else params / "targets" / f"{text}.yaml"
