"""Mail servers on loopback that take mail, refuse it, or hang up when they like; and a target that mails to them."""

import asyncio
import json
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiosmtpd.smtp import SMTP, AuthResult
from readiness import snapshot
from readiness.assessment import Parameters, assess
from readiness.evidence import frame
from readiness.mail.declaration import Mail
from readiness.run import RunFolder

from ...servers import Authority
from ..conftest import NOW

USER, PASSWORD = "readiness", "S3cret-Pa55"
ANA, BEN, CARLA = "ana@example.com", "ben@example.com", "carla@example.com"


@dataclass
class Server:
    """A mail server.

    `rcpt` and `data` may be set to functions of the recipient that answer in place of 250; `taken` is what it said 250
    to, and `asked` the recipients it heard of.
    """

    port: int = 0
    rcpt: Callable[[str], str | None] = lambda to: None
    data: Callable[[str], Any] = lambda to: None
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.asked.append(address)
        if answer := self.rcpt(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        (to,) = envelope.rcpt_tos
        answer = self.data(to)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return str(answer)
        self.taken.append((to, envelope.original_content))
        return "250 2.0.0 queued as 4711"

    @property
    def recipients(self) -> list[str]:
        return [to for to, _ in self.taken]

    def read(self, to: str) -> EmailMessage:
        (content,) = [content for address, content in self.taken if address == to]
        found = message_from_bytes(content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.new(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server_of(authority: Authority) -> Iterator[Callable[..., Server]]:
    """`server_of("starttls", login=True)` is a mail server that listens on a free port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = []

    def build(tls: str = "plain", *, login: bool = False, names: tuple[str, ...] = ("127.0.0.1",)) -> Server:
        server = Server()
        context = None
        if tls != "plain":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(authority.leaf(*names)["ssl_certfile"])

        def authenticate(smtp: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
            server.users.append(f"{USER if right else 'somebody'} by {mechanism}")
            return AuthResult(success=right, handled=False)

        def session() -> SMTP:
            warnings.simplefilter("ignore")  # aiosmtpd's own, of a login without STARTTLS; implicit TLS it does not see
            return SMTP(
                server,
                hostname="mx.example.com",
                timeout=60,
                loop=loop,
                tls_context=context if tls == "starttls" else None,
                require_starttls=tls == "starttls",
                authenticator=authenticate if login else None,
                auth_required=login,
                auth_require_tls=tls == "starttls",
            )

        async def listen() -> asyncio.Server:
            return await loop.create_server(session, "127.0.0.1", 0, ssl=context if tls == "implicit" else None)

        found = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
        listening.append(found)
        server.port = found.sockets[0].getsockname()[1]
        return server

    yield build
    for each in listening:
        loop.call_soon_threadsafe(each.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


class Rude:
    """A mail server that hangs up: `endings` says for each connection `within` the mail, `after` it, or `never`; and
    `silent` that the end of a mail has no answer."""

    def __init__(self, *endings: str) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.endings, self.taken = list(endings), list[bytes]()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, suppress(OSError):
                    connection.settimeout(30)
                    self._talk(connection, self.endings.pop(0))

    def _talk(self, connection: socket.socket, ending: str) -> None:
        file = connection.makefile("rb")
        connection.sendall(b"220 rude\r\n")
        while line := file.readline():
            if not line.upper().startswith(b"DATA"):
                connection.sendall(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 OK\r\n")
                continue
            connection.sendall(b"354 go ahead\r\n")
            if ending == "within":
                file.read(100)
                file.close()
                return
            content = bytearray()
            while (line := file.readline()) not in (b".\r\n", b""):
                content += line
            self.taken.append(bytes(content))
            if ending == "after":
                file.close()
                return
            if ending == "silent":
                file.read()
                return
            connection.sendall(b"250 OK\r\n")

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def rude() -> Iterator[Callable[..., Rude]]:
    made: list[Rude] = []

    def build(*endings: str) -> Rude:
        made.append(Rude(*endings))
        return made[-1]

    yield build
    for each in made:
        each.close()


@pytest.fixture
def mail_of(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Mail]:
    """`mail_of(port, tls="starttls")` is what a target file with those keys declares."""
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)

    def build(port: int, **keys: Any) -> Mail:
        values = {
            "server": f"127.0.0.1:{port}",
            "tls": "plain",
            "from": "Readiness <readiness@example.com>",
            "lists": [{"to": [ANA, BEN]}],
            "ca_file": authority.ca_file,
        }
        return Mail.model_validate(values | keys, context={"folder": Path()})

    return build


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def go(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


HOSTILE = (
    "</td></table><script>alert(1)</script><style>*{display:none}</style><img src=http://evil.test/x> <!channel> "
    "<http://evil.test|click> \x1b[31m\x00\r\nBcc: eve@example.com\r\n\r\n.\r\n\u202eevil & "
)


@pytest.fixture
def declare(params: Path, authority: Authority) -> Callable[..., None]:
    """`declare(port, notify={…}, title=…)` gives target one a mail server and lists for every occasion."""

    def build(port: int, *, title: str = "One", notify: Any = None, **keys: Any) -> None:
        mail = {
            "server": f"127.0.0.1:{port}",
            "tls": "plain",
            "from": "Readiness <readiness@example.com>",
            "address": "https://reports.example.com/r",
            "lists": [
                {"to": ["run@example.com"]},
                {"to": ["weekly@example.com"], "when": "weekly", "report": "linked"},
                {"to": ["change@example.com", "run@example.com"], "when": "change", "report": "none"},
                {"to": ["failed@example.com"], "when": "failed"},
            ],
        }
        target = {"name": "one", "title": title, "production": "http://127.0.0.1", "mail": mail | keys}
        if notify:
            target["notify"] = {"ca_file": authority.ca_file} | notify
        (params / "targets" / "one.yaml").write_text(yaml.safe_dump(target), encoding="utf-8")

    return build


@pytest.fixture
def publish(params: Path, row: Any) -> Callable[..., Path]:
    """`publish(day, flag, count)` publishes a run of target one of that day; its folder is given back."""

    def build(day: int, flag: bool | None = True, count: float | None = 9, **keys: Any) -> Path:
        at = NOW + timedelta(days=day)
        evidence = frame(
            row(name, value, observed_at=at, **keys) for name, value in (("a.flag", flag), ("b.count", count))
        )
        run = RunFolder(params.parent / "reports" / "one" / f"{at:%Y-%m-%dT%H%M%SZ}")
        evidence.to_parquet(run.path / "evidence.parquet", index=False)
        run.save_assessment(assess(evidence, Parameters.load("one", params), at))
        run.save_json("manifest.json", {"judged_at": at.isoformat(), "stage": "beta", "readiness": "0.1.0"})
        (run.path / snapshot.NAME).write_bytes(snapshot.take("one", params))
        (run.path / "report.html").write_text("<!doctype html><title>the report</title>", encoding="utf-8")
        return run.path

    return build


class Hook:
    """A receiver of webhooks: it answers with `status`, and keeps what it said 200 to."""

    def __init__(self) -> None:
        self.path, self.url, self.status = "/services/T00/B00/s3cr3tp4th", "", 200
        self.taken: list[dict[str, Any]] = []
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        content, more = b"", True
        while more:
            message = await receive()
            content, more = content + message.get("body", b""), message.get("more_body", False)
        self.asked += 1
        if self.status == 200 and scope["path"] == self.path and scope["method"] == "POST":
            self.taken.append(json.loads(content))
        headers = [(b"location", b"http://127.0.0.1:1/")] if self.status == 302 else []
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def hook(serve: Callable[..., str]) -> Hook:
    """A receiver on loopback; its address is `hook.url`."""
    found = Hook()
    found.url = serve(found) + found.path
    return found
