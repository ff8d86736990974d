import email
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx
import pytest
from aiosmtpd.controller import Controller
from sample_platform import Addresses, Sample, started

PASSWORD = "correct horse battery staple"
Start = Callable[..., AbstractContextManager[Sample]]


class Loopback(httpx.HTTPTransport):
    """Reach every host at 127.0.0.1, and still ask for it by its name."""

    def handle_request(self, request):
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(request)


def client(addresses: Addresses, base: str | None = None, verify: ssl.SSLContext | None = None) -> httpx.Client:
    trust = verify or ssl.create_default_context(cafile=addresses.ca_file)
    return httpx.Client(base_url=base or addresses.api, transport=Loopback(verify=trust), timeout=8)


@pytest.fixture
def start(shared, tmp_path) -> Start:
    def start(*defects: str):
        return started(defects, state=tmp_path / "state", services=shared, cheap_hashes=True)

    return start


@pytest.fixture(scope="module")
def healthy(shared, tmp_path_factory) -> Iterator[Addresses]:
    with started(state=tmp_path_factory.mktemp("healthy"), services=shared) as sample:
        yield sample.addresses


@pytest.fixture(scope="session")
def connect() -> Callable[..., httpx.Client]:
    return client


@pytest.fixture
def api(healthy) -> Iterator[httpx.Client]:
    with client(healthy) as connected:
        yield connected


class Inbox:
    """What the platform has sent by mail, read at the port it sends to."""

    def __init__(self):
        self.mails, self.came = [], threading.Condition()

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 aiosmtpd's name
        with self.came:
            self.mails.append((envelope.rcpt_tos[0], envelope.content))
            self.came.notify_all()
        return "250 taken"

    def wait(self, to, subject):
        """Take the next mail with this subject out of the box and return its bytes."""

        def found():
            return next((mail for mail in self.mails if (mail[0], _subject(mail[1])) == (to, subject)), None)

        with self.came:
            mail = self.came.wait_for(found, 5)
            assert mail, f"no mail {subject!r} to {to}, but {[_subject(content) for _, content in self.mails]}"
            self.mails.remove(mail)
        return mail[1]

    def token(self, to, subject):
        """Return the token of the link in the next mail with this subject."""
        return re.search(r"token=([\w-]+)", self.wait(to, subject).decode())[1]


def _subject(content):
    return email.message_from_bytes(content)["subject"]


@pytest.fixture
def open_inbox():
    """`open_inbox(addresses)` begins to take the mail that a platform sends."""
    controllers = []

    def opened(addresses):
        inbox = Inbox()
        host, _, port = addresses.mail.partition(":")
        controllers.append(Controller(inbox, hostname=host, port=int(port)))
        controllers[-1].start()
        return inbox

    yield opened
    for controller in controllers:
        controller.stop()
