"""AWS, only ever read: bounded calls through boto3, each recorded, every refusal named with the action it takes.

boto3 blocks, so a call runs in a thread; it is imported when the first client is made, not before: few targets ask it.
"""

import asyncio
import json
import re
import shlex
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from types import TracebackType
from typing import Any, Self

from readiness.errors import Unobservable
from readiness.secret import excerpt, mask
from readiness.wire.api import CONCURRENCY, MOST, PAGES, TIMEOUT_S, only_over_tls
from readiness.wire.exchange import EXCERPT, _Base

CONNECT_S = 5
TRIES = 2
"""Times that one call is sent where it is throttled or not answered; boto3 waits in between."""
READS = ("describe_", "get_", "list_")

_INVALID = re.compile("UnrecognizedClient|InvalidClientToken|Signature|ExpiredToken|AuthFailure|InvalidAccessKey")
_DENIED = re.compile("AccessDenied|UnauthorizedOperation|NotAuthorized|AuthorizationError")
_THROTTLED = re.compile("Throttl|TooManyRequests|RequestLimitExceeded")


@dataclass(frozen=True, kw_only=True)
class Call(_Base):
    """One call of AWS and its answer.

    Attributes:
        service, operation: As boto3 names them, such as `ecs` and `describe_services`.
        parameters: What was asked for.
        region: Where; `profile` and `endpoint` say as whom and at which address, where they are not the usual ones.
        answer: The answer as JSON text; empty when none came.
        code: AWS's own code of a refusal.
        secrets: Values that no record shows; more may become known until the record is made.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    region: str = ""
    profile: str = ""
    endpoint: str = ""
    answer: str = ""
    code: str = ""
    secrets: Collection[str] = field(default=(), repr=False, compare=False)

    @property
    def source(self) -> str:
        """See `Recorded.source`."""
        return f"aws {self.service} {self.operation.replace('_', '-')} ({self.region})"

    @property
    def repeat(self) -> str:
        """A command that asks the same again, with the same credentials in its environment."""
        parts = ["aws", self.service, self.operation.replace("_", "-"), "--region", self.region]
        parts += ["--profile", self.profile] if self.profile else []
        parts += ["--endpoint-url", self.endpoint] if self.endpoint else []
        parts += ["--cli-input-json", json.dumps(self.parameters, default=str)] if self.parameters else []
        return mask(shlex.join(parts), self.secrets)

    def _record(self) -> dict[str, Any]:
        return {
            "kind": "aws",
            "observed_at": self.observed_at.isoformat(),
            "service": self.service,
            "operation": self.operation,
            "parameters": mask(json.dumps(self.parameters, default=str), self.secrets)[:EXCERPT],
            "region": self.region,
            "answer": excerpt(self.answer, EXCERPT, self.secrets),
            "answer_bytes": len(self.answer.encode()),
            "code": self.code,
            "failure": excerpt(self.failure, EXCERPT, self.secrets),
            "repeat": self.repeat,
        }


class Aws:
    """One AWS account in one region, as the suppliers of a source ask it.

    Args:
        name: The source, as reasons name it.
        region: Region that is asked.
        credentials: `aws_access_key_id` and the rest, as boto3 names them; empty: those of `profile`.
        profile: Name of a profile on this machine.
        endpoint: Address of the service; empty: AWS's own.
        now: Clock, UTC.
        secrets: Values that no record shows; more may become known.
    """

    def __init__(
        self,
        name: str,
        region: str,
        credentials: Mapping[str, str],
        *,
        profile: str = "",
        endpoint: str = "",
        now: Callable[[], datetime],
        secrets: Collection[str] = (),
    ) -> None:
        self.name, self.region = name, region
        self.sent = 0
        self._credentials, self._profile, self._endpoint = dict(credentials), profile, endpoint
        self._now, self._secrets = now, secrets
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()  # sessions of boto3 may not be shared by threads that make clients
        self._slots = asyncio.Semaphore(CONCURRENCY)

    async def __aenter__(self) -> Self:
        if self._endpoint:
            only_over_tls(self.name, self._endpoint)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            await asyncio.to_thread(client.close)

    async def ask(self, service: str, operation: str, *, action: str = "", **parameters: Any) -> tuple[Any, Call]:
        """Read one answer.

        Args:
            service, operation: As boto3 names them.
            action: The IAM action that it takes, where that is not called like the operation.
            parameters: As the operation names them.

        Returns:
            The answer without its metadata, and the record of the call.

        Raises:
            Unobservable: It was refused or not answered.
        """
        pages, call = await self._call(service, operation, parameters, action, whole=False)
        return pages[0], call

    async def every(
        self, service: str, operation: str, member: str, *, action: str = "", **parameters: Any
    ) -> tuple[list[Any], Call]:
        """Read a listing to its end: the items that its pages hold under `member`; otherwise as `ask`.

        Raises:
            Unobservable: Also where there are more than `PAGES` pages: a part is not the listing.
        """
        pages, call = await self._call(service, operation, parameters, action, whole=True)
        if len(pages) > PAGES:
            raise Unobservable(f"{self.name}: {call.source} has more than {PAGES} pages", call)
        return [item for page in pages for item in page.get(member) or ()], call

    # --- how -------------------------------------------------------------------------------------------------------

    async def _call(
        self, service: str, operation: str, parameters: Mapping[str, Any], action: str, *, whole: bool
    ) -> tuple[list[Any], Call]:
        if not operation.startswith(READS):
            raise ValueError(f"{operation} is no operation that only reads")
        observed_at, answer, code, failure = self._now(), "", "", ""
        pages: list[Any] = []
        try:
            async with self._slots, asyncio.timeout(TIMEOUT_S * TRIES * 2):
                if self.sent >= MOST:
                    failure = f"the bound of {MOST} requests to one source is reached"
                else:
                    self.sent += 1
                    pages = await asyncio.to_thread(self._pages, service, operation, dict(parameters), whole)
                    answer = json.dumps(pages if len(pages) > 1 else pages[0], default=str)
        except TimeoutError:
            failure = f"no answer within {TIMEOUT_S * TRIES * 2:g} s"
        except Exception as error:
            code, failure = _obstacle(error)
        call = Call(
            service=service,
            operation=operation,
            parameters=parameters,
            region=self.region,
            profile=self._profile,
            endpoint=self._endpoint,
            answer=answer,
            code=code,
            failure=failure,
            secrets=self._secrets,
            observed_at=observed_at,
        )
        if failure:
            self._refused(call, action)
        return pages, call

    def _pages(self, service: str, operation: str, parameters: dict[str, Any], whole: bool) -> list[Any]:
        """In a thread: what boto3 answers, a page each."""
        client = self._client(service)
        answers: Iterator[Any]
        if whole and client.can_paginate(operation):
            answers = islice(client.get_paginator(operation).paginate(**parameters), PAGES + 1)
        else:
            answers = iter([getattr(client, operation)(**parameters)])
        return [{key: value for key, value in page.items() if key != "ResponseMetadata"} for page in answers]

    def _client(self, service: str) -> Any:
        with self._making:
            if service not in self._clients:
                import boto3
                from botocore.config import Config

                session = boto3.Session(
                    region_name=self.region, profile_name=self._profile or None, **self._credentials
                )
                self._clients[service] = session.client(
                    service,
                    endpoint_url=self._endpoint or None,
                    config=Config(
                        connect_timeout=CONNECT_S,
                        read_timeout=TIMEOUT_S,
                        retries={"mode": "standard", "total_max_attempts": TRIES},
                        ignore_configured_endpoint_urls=True,  # the target file alone says who is shown a credential
                    ),
                )
                self._clients[service].meta.events.register("after-call", _understood)
            return self._clients[service]

    def _refused(self, call: Call, action: str) -> None:
        named = self._clients[call.service].meta.method_to_api_mapping if call.service in self._clients else {}
        needs = action or f"{call.service}:{named.get(call.operation, call.operation)}"
        said = f"{self.name} answered {call.source}"
        if _INVALID.search(call.code):
            permission = f"sources.{self.name}: a credential that is valid"
            raise Unobservable(f"{said} with {call.code}: the credential is refused", call, permission=permission)
        if _DENIED.search(call.code):
            permission = f"sources.{self.name}: {needs}"
            raise Unobservable(f"{said} with {call.code}: not allowed", call, permission=permission)
        if _THROTTLED.search(call.code):
            raise Unobservable(f"{said} with {call.code}: rate limited", call)
        if call.code:
            raise Unobservable(f"{said} with {call.code}: {call.failure}", call)
        raise Unobservable(f"{self.name}: {call.failure}", call)


def _understood(http_response: Any, model: Any, **_: Any) -> None:
    """boto3 takes an answer that is no JSON for one without members, which would be an empty listing."""
    from botocore.parsers import ResponseParserError

    if model.service_model.resolved_protocol == "json":
        try:
            json.loads(http_response.content or b"{}")
        except ValueError:
            raise ResponseParserError(f"the answer to {model.name} is no JSON") from None


def _obstacle(error: Exception) -> tuple[str, str]:
    """AWS's code of a refusal, else empty, and what stands in the way in one line; any other error is raised."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    if isinstance(error, ClientError):
        said = error.response.get("Error", {})
        return str(said.get("Code") or "an error"), " ".join(str(said.get("Message") or "").split())[:200] or "no words"
    if isinstance(error, BotoCoreError | ResponseParserError):
        return "", " ".join(str(error).split())[:200]
    raise error
