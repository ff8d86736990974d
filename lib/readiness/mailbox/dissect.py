"""Takes mails apart, in a process of its own: `python dissect.py` answers each line of JSON with one.

A regular expression, or a parser, that hostile text keeps busy cannot be interrupted within a process. So this one
imports nothing but the standard library, starts in no time, and is ended by whoever started it when it takes too long.
"""

import base64
import email
import email.header
import email.message
import email.utils
import html
import json
import re
import sys
from typing import Any
from urllib.parse import urlsplit

TEXT = 100_000
"""Characters of a mail's text that are looked at."""
HOSTS = 20
PARTS = 50

_BAD = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
"""What the standard library's parsers are known to raise on headers and parts that are not as they should be."""

_UNSEEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->", re.I | re.S)
_TAG = re.compile(r"<([^<>]*)>")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_URL = re.compile(r"""https?://[^\s<>"']+""", re.I)


def dissect(mail: bytes, patterns: dict[str, str], trusted: str = "") -> dict[str, Any]:
    """What is needed of a mail.

    Args:
        mail: The whole message (RFC 5322).
        patterns: Kind → regular expression over subject and text.
        trusted: Whose Authentication-Results are believed; empty for nobody's.

    Returns:
        `found` (kind → token), `hosts` of links, `senders` (domains of From), `recipients`, `results` (RFC 8601).
    """
    message = email.message_from_bytes(mail)
    text = " ".join(f"{_header(message, 'subject')[:1000]} {_text(message)}".split())[:TEXT]
    found = {}
    for kind, pattern in patterns.items():
        match = re.search(pattern, text, re.I)
        if match and (not match.re.groups or match[1]):
            found[kind] = match[1] if match.re.groups else ""
    return {
        "found": found,
        "hosts": _hosts(text),
        "senders": [address.rpartition("@")[2].lower() for address in _addresses(message, "from")],
        "recipients": _addresses(message, "to", "cc", "delivered-to", "x-original-to", "envelope-to"),
        "results": _results(message, trusted.lower()) if trusted else {},
    }


def _header(message: email.message.Message, name: str) -> str:
    value = message.get(name, "")
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except _BAD:
        return str(value)


def _addresses(message: email.message.Message, *names: str) -> list[str]:
    values = [str(value)[:10_000] for name in names for value in message.get_all(name, [])]
    try:
        return [address.lower() for _, address in email.utils.getaddresses(values) if "@" in address]
    except _BAD:
        return []


def _text(message: email.message.Message) -> str:
    plain, marked = [], []
    for number, part in enumerate(message.walk()):
        if number >= PARTS:
            break
        try:
            kind = part.get_content_type()
            if kind not in ("text/plain", "text/html") or part.get_content_disposition() == "attachment":
                continue
            content = part.get_payload(decode=True)
            charset = part.get_content_charset() or "utf-8"
        except _BAD:
            continue
        if not isinstance(content, bytes):
            continue
        try:
            shown = content.decode(charset, "replace")
        except _BAD:
            shown = content.decode("utf-8", "replace")
        if kind == "text/plain":
            plain.append(shown[:TEXT])
        else:
            marked.append(_shown(shown[:TEXT]))
    return " ".join(plain + marked)


def _shown(markup: str) -> str:
    """The text of HTML as a reader sees it, with the address of each link before the link's text."""

    def address(tag: re.Match[str]) -> str:
        href = _HREF.search(tag[1]) if tag[1][:2].lower().split() == ["a"] else None
        return f" {href[1] or href[2] or href[3] or ''} " if href else " "

    return html.unescape(_TAG.sub(address, _UNSEEN.sub(" ", markup)))


def _hosts(text: str) -> list[str]:
    hosts: dict[str, None] = {}
    for url in _URL.findall(text):
        try:
            host = urlsplit(url).hostname
        except ValueError:
            continue
        if host and len(host) <= 253 and host.isprintable():
            hosts[host.rstrip(".,;:!?)")] = None
        if len(hosts) == HOSTS:
            break
    return list(hosts)


def _results(message: email.message.Message, trusted: str) -> dict[str, str]:
    """The outcomes that `trusted` wrote; its topmost header on a method counts, as it was put there last."""
    results: dict[str, str] = {}
    for value in message.get_all("authentication-results", []):
        text = re.sub(r"\([^()]*\)", " ", str(value)[:10_000]).lower()
        server, *infos = text.split(";")
        if server.split()[:1] != [trusted]:
            continue
        here: dict[str, list[str]] = {}
        for info in infos:
            if match := re.match(r"\s*(dkim|spf|dmarc)\s*=\s*([a-z]{1,20})\b", info):
                here.setdefault(match[1], []).append(match[2])
        for method, outcomes in here.items():
            results.setdefault(method, "pass" if "pass" in outcomes else outcomes[0])
    return results


def main() -> None:
    """Answer every line of standard input."""
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        try:
            answer = dissect(base64.b64decode(asked["mail"]), asked["patterns"], asked["trusted"])
        except _BAD as error:
            answer = {"failure": f"the mail cannot be taken apart: {type(error).__name__}"}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
