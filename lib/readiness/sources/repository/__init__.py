"""The repository of the platform, and what its pipeline leaves: where they are. Its suppliers are the modules here."""

import re
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from readiness.address import Address
from readiness.document import Record, folder_of
from readiness.duration import Duration
from readiness.source import Source
from readiness.wire.checkout import Checkout, checked_out

if TYPE_CHECKING:
    from readiness.probes import Context

Kind = Literal["static", "dependencies", "secrets", "dynamic", "authorization", "image"]
Language = Literal["javascript", "python", "go", "ruby"]


def _inside(path: str) -> str:
    parts = path.rstrip("/").split("/")
    if not path or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path:
        raise ValueError(f"expected a path within the repository or folder, got {path!r}")
    return path.removeprefix("./").rstrip("/") or "."


def _url(url: str) -> str:
    parts = urlsplit(url) if "://" in url else urlsplit("ssh://" + url.replace(":", "/", 1))
    if parts.password or (parts.username and parts.scheme != "ssh"):
        # the address is not repeated: it may hold a password
        raise ValueError("expected an address without a user or password in it; git's own credentials are used")
    loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
    scp = re.fullmatch(r"[\w.-]+@[\w.-]+:[^:\s-][^:\s]*", url)
    if (
        not scp
        and not re.fullmatch(r"(?:https|ssh|file)://[^\s-]\S*", url)
        and not (parts.scheme == "http" and loopback)
    ):
        raise ValueError(f"expected the https, ssh or file address of a git repository, got {url!r}")
    return url


def _branch(name: str) -> str:
    if name and not re.fullmatch(r"[\w][\w./-]{0,200}", name):
        raise ValueError(f"expected the name of a branch, got {name!r}")
    return name


def _pattern(text: str) -> str:
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise ValueError(f"expected a regular expression: {error}") from None
    if groups != 1:
        raise ValueError(f"expected a regular expression with one group, got {groups}")
    return text


Inside = Annotated[str, AfterValidator(_inside)]
Several = Annotated[list[Inside], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]


class Suite(Record):
    """One kind of tests."""

    junit: Several = Field([], description="JUnit XML of its suites, a path or several: backend, web app")
    coverage: Several = Field([], description="their coverage: Cobertura XML, LCOV or coverage.py's JSON")


class Load(Record):
    """Load tests, as k6 summarises them."""

    users: Inside | None = Field(None, description="k6 summary of the test with virtual users and think time")
    arrivals: Inside | None = Field(None, description="k6 summary of the test with a constant rate of arrivals")
    arrivals_per_s: Annotated[float, Field(gt=0)] | None = Field(
        None, description="requests a second that arrive in that test, where the summary does not tell"
    )


class Artefacts(Record):
    """What the pipeline leaves."""

    folder: Path | None = Field(
        None, description="where it lies, relative to the target file; default: in the repository itself"
    )
    run: Inside | None = Field(
        None, description="JSON with `commit` and `finished_at` of the run, for what does not name them itself"
    )
    unit: Suite = Field(default_factory=Suite, description="unit tests")
    integration: Suite = Field(default_factory=Suite, description="integration tests, run apart from them")
    end_to_end: Several = Field([], description="JUnit XML of the end-to-end tests")
    guides: Several = Field([], description="JUnit XML of the run of the code in the integration guides")
    quickstarts: dict[Language, Several] = Field(
        {}, description="JUnit XML of the quickstart of each SDK: javascript, python, go, ruby"
    )
    scans: dict[Kind, Inside] = Field(
        {},
        description="SARIF (or JUnit XML, where each failure counts as high) of static, dependencies, secrets, "
        "dynamic, authorization and image scans",
    )
    secrets_log: Inside | None = Field(
        None, description="log of the secret scan, where its SARIF does not tell how many commits it read"
    )
    load: Load = Field(default_factory=Load, description="load tests")
    restore: Inside | None = Field(None, description="report of the last restore, see docs/repository.md")

    @field_validator("folder", mode="before")
    @classmethod
    def _beside_the_target_file(cls, value: Any, info: Any) -> Any:
        return folder_of(info) / value if isinstance(value, str) else value


class Documents(Record):
    """Where documents are: a Markdown file each, or a folder of them."""

    rollback: Inside | None = Field(None, description="how a release is taken back")
    playbook: Inside | None = Field(None, description="who does what in an incident")
    runbook: Inside | None = Field(None, description="what to do on an alert")
    capacity: Inside | None = Field(None, description="the capacity plan")
    user_guide: Inside | None = Field(None, description="the guide for users")
    admin_guide: Inside | None = Field(None, description="the guide for administrators")
    troubleshooting: Inside | None = Field(None, description="error codes and their remedies")
    architecture: Inside | None = Field(None, description="the architecture with its diagrams")
    decisions: Inside | None = Field(None, description="the folder of decision records")
    threat_model: Inside | None = Field(None, description="the threat model")
    sla: Inside | None = Field(None, description="the service level agreement")
    policies: Inside | None = Field(None, description="the folder of security policies")
    changelog: Inside | None = Field(None, description="the changelog of the JavaScript SDK")
    guides: dict[str, Inside] = Field({}, description="integration guides by framework")


class Upgrades(Record):
    """Tests of the migrations."""

    empty: str = Field("", description="test, as its JUnit XML names it, that upgrades an empty database")
    previous: str = Field("", description="test that upgrades from the release before")


class ErrorCodes(Record):
    """Where the API's error codes are written."""

    paths: Several = Field(description="files that hold them")
    pattern: Annotated[str, AfterValidator(_pattern)] = Field(
        description="regular expression whose one group is a code"
    )


class Recovery(Record):
    """What a restore is measured by."""

    target: Duration | None = Field(None, description="time in which the platform has to be restored")
    workflow: Inside | None = Field(None, description="workflow file that restores by a schedule")


class Repository(Source):
    """The repository of the platform, and what its pipeline leaves."""

    path: Path | None = Field(
        None, description="a clone of it, relative to the target file; what is committed there is read"
    )
    url: Annotated[str, AfterValidator(_url)] | None = Field(
        None, description="instead: where to clone it from, by https, ssh or file, with git's own credentials"
    )
    branch: Annotated[str, AfterValidator(_branch)] = Field(
        "", description="branch whose head is read; default: the one checked out, or the default branch"
    )
    browse: Address | None = Field(
        None, description="where people browse it: links there are looked up in the repository"
    )
    artefacts: Artefacts = Field(default_factory=Artefacts, description="what the pipeline leaves")
    documents: Documents = Field(default_factory=Documents, description="Markdown files, or folders of them")
    journeys: dict[str, str] = Field(
        {}, description="critical journeys: the end-to-end test of each as its JUnit XML names it, empty for none yet"
    )
    migrations: Inside | None = Field(None, description="the `versions` folder of Alembic")
    upgrade_tests: Upgrades = Field(default_factory=Upgrades, description="tests of the migrations")
    images: Several = Field([], description="Dockerfiles of production's images")
    code: Several = Field([], description="files or folders of code that read settings from the environment")
    error_codes: ErrorCodes | None = Field(None, description="where the API's error codes are written")
    services: Several = Field([], description="Compose files or Kubernetes manifests that name what is deployed")
    alert_rules: Several = Field([], description="rule files of Prometheus; default: the rules it has loaded")
    openapi: Inside | None = Field(
        None, description="OpenAPI document; the last release's is compared with the live one"
    )
    package: Inside | None = Field(None, description="package.json of the JavaScript SDK")
    retention: Inside | None = Field(None, description="the retention policy, YAML")
    restore: Recovery = Field(default_factory=Recovery, description="what a restore is measured by")

    @field_validator("path", mode="before")
    @classmethod
    def _beside_the_target_file(cls, value: Any, info: Any) -> Any:
        return folder_of(info) / value if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.path is None) == (self.url is None):
            raise ValueError("expected either path or url")
        return self

    def open(self, context: "Context") -> AbstractAsyncContextManager[Checkout]:
        """A `Checkout` of the branch's head."""
        return checked_out(self.path, self.url or "", self.branch, self.artefacts.folder, context.client.time)


WEEK = timedelta(days=7)
"""How long a scan, and what a pipeline left, says something of today."""


async def opened(context: "Context") -> tuple[Repository, Checkout]:
    """The settings and the checkout, for a probe that reads the repository itself.

    Raises:
        Unobservable: The target file names no repository, or it cannot be read.
    """
    checkout: Checkout = await context.supply.connection("repository", context)
    settings: Repository = getattr(context.target.sources, "repository")  # noqa: B009 (a field made at run time)
    return settings, checkout
