"""Requests of one step: made ready once where they are always the same."""

from collections.abc import Mapping
from typing import Any

from readiness.errors import Unobservable
from readiness.load.assignment import Assignment, Step
from readiness.load.connection import request
from readiness.operation import Operation

AGENT = {"User-Agent": "readiness-load", "Accept": "*/*"}
_IDEMPOTENT = ("GET", "PUT", "DELETE")


class Maker:
    """Makes the requests of one step.

    Args:
        assignment: Address, session and headers.
        step: The step.

    Attributes:
        again: Whether such a request may be sent once more (RFC 9110, 9.2.2).
    """

    def __init__(self, assignment: Assignment, step: Step) -> None:
        self._assignment, self._step = assignment, step
        self._carriers = [Operation(path="/", headers={name: text}) for name, text in assignment.session.items()]
        self.again = step.operation.method in _IDEMPOTENT
        same = not step.operation.placeholders and not step.signed_in
        self._ready = self._made({}, {}) if same else None

    def request(self, values: Mapping[str, Any], cookies: Mapping[str, str]) -> bytes:
        """The request of somebody who has these values and cookies.

        Raises:
            Unobservable: A placeholder has no value, or one that no header can hold.
        """
        return self._ready or self._made(values, cookies)

    def _made(self, values: Mapping[str, Any], cookies: Mapping[str, str]) -> bytes:
        asked = self._step.operation.request(values, self._step.name)
        headers = {**AGENT, **self._assignment.headers}
        if self._step.signed_in:
            for carrier in self._carriers:
                if carrier.placeholders <= values.keys():
                    headers |= carrier.request(values).headers
            if self._assignment.cookies and cookies:
                headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        try:
            return request(
                asked.method, self._assignment.address, asked.path, headers | asked.headers, asked.content.encode()
            )
        except ValueError as error:
            raise Unobservable(f"{self._step.name}: {error}") from None
