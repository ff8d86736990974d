import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx
import pytest
from sample_platform import Addresses, Sample, Services, services, started

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


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Iterator[Services]:
    with services(tmp_path_factory.mktemp("services")) as running:
        yield running


@pytest.fixture
def start(shared, tmp_path) -> Start:
    def start(*defects: str):
        return started(defects, state=tmp_path / "state", services=shared)

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
