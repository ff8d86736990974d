"""Addresses as parameter files write them: of an API, of a path on it, of a server."""

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def _address(url: str) -> str:
    if "@" in url:
        # the address is not repeated: what stands before the @ may be a password
        raise ValueError("expected an address without a user or password in it")
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError when out of range
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"expected an http(s) address such as https://api.example.com, got {url!r}")
    return url.rstrip("/")


def _route(path: str) -> str:
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError(f"expected a path that starts with one /, got {path!r}")
    return path


def _server(text: str) -> str:
    host, _, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "53")
    try:
        ipaddress.ip_address(host.strip("[]"))
        if not 0 < int(port) < 65536:
            raise ValueError
    except ValueError:
        raise ValueError(f"expected an IP address with an optional port such as 1.1.1.1:53, got {text!r}") from None
    return text


def _page(url: str) -> str:
    _address(url.partition("?")[0].partition("#")[0])
    return url


Address = Annotated[str, AfterValidator(_address)]
Page = Annotated[str, AfterValidator(_page)]
Route = Annotated[str, AfterValidator(_route)]
Server = Annotated[str, AfterValidator(_server)]
