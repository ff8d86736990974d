"""Deliveries: events on their way to webhooks, signed, and tried again until they are taken."""

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import json
import ssl
import uuid

from .destinations import Destination, Forbidden, destination
from .environment import Environment
from .models import Delivery, Webhook

TIMEOUT_S = 5.0
USUAL_WINDOW_S = 5
"""Window of the rate limits that the pauses are meant for; a shorter one makes them shorter as well."""


async def deliver(here: Environment, id: uuid.UUID) -> None:
    """Send one event, and again after each pause until it is answered with 2xx or its webhook is gone."""
    for pause in (0.0, *here.behaviour.webhook_pauses_s):
        await asyncio.sleep(pause)
        async with here.transaction() as session:
            delivery = await session.get(Delivery, id)
            webhook = await session.get(Webhook, delivery.webhook_id) if delivery else None
            if delivery is None or webhook is None:
                return
            delivery.attempts += 1
        taken = await _attempt(here, delivery, webhook)
        if taken:
            async with here.transaction() as session:
                if delivery := await session.get(Delivery, id):
                    delivery.delivered_at = dt.datetime.now(dt.UTC)
            return
    here.log.warning("event given up", extra={"fields": {"delivery": str(id)}})


async def _attempt(here: Environment, delivery: Delivery, webhook: Webhook) -> bool:
    try:
        place = await destination(here, webhook.url, check=here.behaviour.webhook_resolves)
    except Forbidden:  # its name leads elsewhere by now
        return False
    if place.address.is_global:
        return False  # this platform lives on one machine alone and calls nobody outside of it
    body = json.dumps(delivery.body, separators=(",", ":")).encode()
    name = delivery.id if here.behaviour.webhook_keeps_id else uuid.uuid4()
    headers = _signed(here, f"evt_{name.hex}", int(dt.datetime.now(dt.UTC).timestamp()), body, webhook.secret)
    try:
        return 200 <= await _post(place, headers, body) < 300
    except (OSError, ValueError, IndexError, TimeoutError):
        return False


def _signed(here: Environment, id: str, at: int, body: bytes, secret: bytes) -> dict[str, str]:
    """Headers of one attempt, after the Standard Webhooks scheme."""
    headers = {"Webhook-Id": id, "Webhook-Timestamp": str(at)}
    match here.behaviour.webhook_signs:
        case "id, time and body":
            signed = f"{id}.{at}.".encode() + body
        case "body":
            signed = body
        case "nothing":
            return headers
    digest = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    return {**headers, "Webhook-Signature": f"v1,{digest}"}


async def _post(place: Destination, headers: dict[str, str], body: bytes) -> int:
    """Send one request to the very address that was checked, follow nothing, and return the status."""
    tls = ssl.create_default_context() if place.tls else None
    lines = {
        "Host": f"[{place.host}]:{place.port}" if ":" in place.host else f"{place.host}:{place.port}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    head = f"POST {place.path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    async with asyncio.timeout(TIMEOUT_S):
        reader, writer = await asyncio.open_connection(
            str(place.address), place.port, ssl=tls, server_hostname=place.host if tls else None
        )
        try:
            writer.write(head.encode() + b"\r\n" + body)
            await writer.drain()
            return int((await reader.readline()).split()[1])
        finally:
            writer.close()
