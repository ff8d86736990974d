"""The webhook: one POST that says what changed. Its address is a secret, and appears nowhere.

Unlike a mail it is sent again where nobody knows whether it arrived: to miss a change is worse than to read of it
twice, and `id` stays the same, for receivers that want to tell.
"""

import json
import logging
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import httpx

from readiness.errors import ReadinessError
from readiness.export.escape import line
from readiness.mail.declaration import loopback
from readiness.mail.outbox import Answer, Unreachable
from readiness.notify import Notify
from readiness.transition import Transition
from readiness.wire.transport import trust_in

TIMEOUT_S = 10.0
AGAIN = (408, 425, 429)
"""Refusals that are of this moment (RFC 9110, 8470 and 6585), besides those of 5xx."""


def body(
    key: str,
    *,
    target: str,
    run: str,
    stage: str,
    subject: str,
    found: Sequence[Transition],
    link: str,
) -> bytes:
    """The JSON document that is sent.

    Args:
        key: Of its letter.
        target, run, stage: Short name, the run's name and the stage that is put first.
        subject: The mail's.
        found: What changed.
        link: Address of the report, or of what there is of a run that failed; empty where that is not known.

    Returns:
        UTF-8. `text` is escaped as Slack asks for it, and switches its formatting off; the rest is for programs.
    """
    rows = [subject, *(f"• {each.words}" for each in found), *([link] if link else [])]
    told = {
        "text": "\n".join(escaped(row) for row in rows),
        "mrkdwn": False,
        "id": key,
        "target": target,
        "run": run,
        "stage": stage,
        "transitions": [
            {"kind": each.kind, "name": each.name, "before": each.before, "after": each.after} for each in found
        ],
        "link": link,
    }
    return json.dumps(told, ensure_ascii=False).encode()


def escaped(words: str) -> str:
    """Foreign words in one line, in which Slack sees no link, no mention and no command."""
    return line(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Hooks:
    """See `outbox.Carrier`. A letter's recipient is the reference to an address, `env:NAME`.

    Args:
        notify: How the target file declares them.
        timeout: Seconds for each step.
    """

    def __init__(self, notify: Notify, timeout: float = TIMEOUT_S) -> None:
        self._hooks = {secret.reference: secret for secret in notify.webhooks}
        self._notify, self._timeout = notify, timeout
        for name in ("httpx", "httpcore"):  # they log the address, where somebody has logging on
            logging.getLogger(name).setLevel(logging.WARNING)

    def hand_over(self, to: str, content: bytes, last: Callable[[], None]) -> Answer:
        """See `Carrier.hand_over`; one address that fails does not hold up another, so this raises nothing."""
        try:
            url = self._url(to)
            trust = trust_in(self._notify.ca_file)
            headers = {"Content-Type": "application/json"}
            with (
                httpx.Client(verify=trust, timeout=self._timeout, trust_env=False) as client,
                client.stream("POST", url, content=content, headers=headers) as answer,
            ):
                pass  # its status is all that is read of it
        except (Unreachable, ReadinessError) as error:
            return Answer("waiting", str(error))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return Answer("waiting", f"no answer: {type(error).__name__}")  # the words may repeat the address
        if answer.is_success:
            return Answer("sent", f"status {answer.status_code}")
        later = answer.is_server_error or answer.status_code in AGAIN
        return Answer("waiting" if later else "refused", f"status {answer.status_code}")

    def close(self) -> None:
        """There is nothing to hang up."""

    def _url(self, to: str) -> str:
        if to not in self._hooks:
            raise Unreachable("the target file does not name it under `notify.webhooks`")
        url = self._hooks[to].reveal()
        try:
            parts = urlsplit(url)
            fit = bool(parts.hostname) and (
                parts.scheme == "https" or (parts.scheme == "http" and loopback(str(parts.hostname)))
            )
        except ValueError:
            fit = False
        if not fit:
            raise Unreachable("expected an https address there, or http on loopback")
        return url
