"""Request bodies: bounded in size and JSON only, refused before they are parsed."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from .errors import Refused

LARGEST_BODY = 65_536


class JsonRoute(APIRoute):
    """A route whose requests carry JSON of at most `LARGEST_BODY` bytes; otherwise 415 and 413."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the usual handler behind the two checks."""
        handler = super().get_route_handler()
        if self.body_field is None:
            return handler

        async def bounded(request: Request) -> Response:
            if int(request.headers.get("content-length", 0)) > LARGEST_BODY:
                raise Refused(413, Connection="close")
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            empty = request.headers.get("content-length", "0") == "0" and ("transfer-encoding" not in request.headers)
            if kind != "application/json" and not empty:
                raise Refused(415)
            return await handler(Request(request.scope, _Bounded(request).receive))

        return bounded


class _Bounded:
    def __init__(self, request: Request) -> None:
        self.source, self.seen = request.receive, 0

    async def receive(self) -> Message:
        message = await self.source()
        self.seen += len(message.get("body", b""))
        if self.seen > LARGEST_BODY:
            # The only kind of exception that FastAPI lets out of its body reading.
            raise HTTPException(413)
        return message
