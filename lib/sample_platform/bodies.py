"""Request bodies: bounded in size and JSON only, refused before they are parsed."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from .environment import environment_of
from .errors import Refused


class JsonRoute(APIRoute):
    """A route whose requests carry JSON within the largest size (64 KiB); otherwise 415 and 413."""

    kind = "application/json"
    room = 0  # bytes, where more than the largest size is needed

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the usual handler behind the two checks."""
        handler = super().get_route_handler()
        if self.body_field is None:
            return handler

        async def bounded(request: Request) -> Response:
            largest = max(self.room, environment_of(request).behaviour.largest_body)
            if int(request.headers.get("content-length", 0)) > largest:
                raise Refused(413, Connection="close")
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            empty = request.headers.get("content-length", "0") == "0" and ("transfer-encoding" not in request.headers)
            if kind != self.kind and not empty:
                raise Refused(415)
            return await handler(Request(request.scope, _Bounded(request, largest).receive))

        return bounded


class FormRoute(JsonRoute):
    """A route whose requests carry a form (RFC 6749 asks for them), bounded alike."""

    kind = "application/x-www-form-urlencoded"


class _Bounded:
    def __init__(self, request: Request, largest: int) -> None:
        self.source, self.largest, self.seen = request.receive, largest, 0

    async def receive(self) -> Message:
        message = await self.source()
        self.seen += len(message.get("body", b""))
        if self.seen > self.largest:
            # The only kind of exception that FastAPI lets out of its body reading.
            raise HTTPException(413)
        return message
