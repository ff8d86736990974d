"""Webhooks: senders that sign, retry and look where they send, and others that do not."""

import asyncio
import base64
import hashlib
import hmac
import importlib
import socket
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate

import httpx
import pytest
from readiness.probes.webhooks import webhooks
from readiness.receiver import Inbox
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

NOW = int(datetime(2026, 3, 2, 9, 0, tzinfo=UTC).timestamp())
PLANNED = "x-planned"
"""Header with the seconds after the first time that an event is sent."""
SECRET = base64.b64encode(b"a key of 24 bytes, or so")
OPERATIONS = {
    "webhook_create": {"path": "/v1/hooks", "body": {"to": "{url}"}, "answer": {"id": "id", "secret": "secret"}},
    "webhook_event": {"path": "/v1/hooks/{id}/ping"},
    "webhook_delete": {"method": "DELETE", "path": "/v1/hooks/{id}"},
}
GOOD = {
    "webhooks.delivered": True,
    "webhooks.signed": True,
    "webhooks.replay_noticed": True,
    "webhooks.retries": 3,
    "webhooks.same_id": True,
    "webhooks.backoff": True,
    "webhooks.internal_addresses": 8,
    "webhooks.internal_reached": 0,
}


class Sender:
    """Sends events; `signed(id, at, body)` is what it signs, None for no signature.

    It does not pause, it says when it would have sent (`PLANNED`): what a busy machine adds is not what is tested here.
    """

    def __init__(
        self,
        members,
        signed=lambda id, at, body: f"{id}.{at}.".encode() + body,
        pauses=(1, 2, 4),
        ids=lambda count: "evt_1",
        refuses=lambda url: "hooks.example" not in url,
        refusal=422,
        at=NOW,
        sends=True,
    ):
        self.signed, self.pauses, self.ids, self.refuses, self.refusal = signed, pauses, ids, refuses, refusal
        self.at, self.sends, self.hooks, self.made, self.tasks = str(at), sends, {}, 0, set()
        self.app = Starlette(
            routes=[
                Route("/v1/hooks", self.create, methods=["POST"]),
                Route("/v1/hooks/{id}", self.delete, methods=["DELETE"]),
                Route("/v1/hooks/{id}/ping", self.ping, methods=["POST"]),
                *members.routes,
            ]
        )

    async def create(self, request):
        url = (await request.json())["to"]
        if self.refuses(url):
            return JSONResponse({}, self.refusal)
        self.made += 1
        self.hooks[str(self.made)] = url
        return JSONResponse({"id": str(self.made), "secret": f"whsec_{SECRET.decode()}"}, 201)

    async def delete(self, request):
        self.hooks.pop(request.path_params["id"], None)
        return JSONResponse({})

    async def ping(self, request):
        if self.sends:
            task = asyncio.create_task(self.send(self.hooks[request.path_params["id"]]))
            self.tasks.add(task)
        return JSONResponse({}, 202)

    async def send(self, url):
        if not any(word in url for word in ("hooks.example", "127.0.0.1:", "[::1]", "localhost")):
            return  # nobody of this machine is there
        place = httpx.URL(url).copy_with(host="::1" if "[::1]" in url else "127.0.0.1")
        async with httpx.AsyncClient() as client:
            for count, planned in enumerate(accumulate((0, *self.pauses))):
                body, id = b'{"type":"ping"}', self.ids(count)
                headers = {"Webhook-Id": id, "Webhook-Timestamp": self.at, PLANNED: str(planned)}
                if (text := self.signed(id, self.at, body)) is not None:
                    digest = hmac.digest(base64.b64decode(SECRET), text, hashlib.sha256)
                    headers["Webhook-Signature"] = f"v1,{base64.b64encode(digest).decode()}"
                if (await client.post(place, content=body, headers=headers)).is_success:
                    return


@pytest.fixture
def look(serve, target_of, observe, members, monkeypatch):
    module = importlib.import_module("readiness.probes.webhooks")
    take = Inbox.take

    def as_planned(inbox, delivery):
        if inbox.deliveries:
            begun = inbox.deliveries[0].arrived
            delivery = replace(delivery, arrived=begun + float(delivery.header(PLANNED)))
        return take(inbox, delivery)

    monkeypatch.setattr(Inbox, "take", as_planned)

    async def run(retries="15s", receiver=None, patience=None, **options):
        for name, seconds in (patience or {}).items():
            monkeypatch.setattr(module, name, seconds)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        declared = {"listen": f"127.0.0.1:{port}", "address": f"http://hooks.example:{port}"} | (receiver or {})
        if retries:
            declared["retries"] = retries
        keys = {**members.keys, "operations": {**members.keys["operations"], **OPERATIONS}, "receiver": declared}
        sender = Sender(members, **options)
        seen = await observe(webhooks, target_of(serve(sender.app), **keys))
        seen.sender = sender
        return seen

    return run


async def test_events_that_are_signed_sent_again_and_kept_outside_pass(look):
    seen = await look()
    assert {fact: seen.value(fact) for fact in GOOD} == GOOD
    assert seen.sender.hooks == {}
    events = [exchange for exchange in seen.survey.exchanges if exchange["kind"] == "event"]
    assert [event["answered"] for event in events] == [500, 500, 500, 204]
    assert SECRET.decode() not in str(seen.survey.exchanges)


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"signed": lambda id, at, body: None}, {"webhooks.signed", "webhooks.replay_noticed"}),
        ({"signed": lambda id, at, body: b"else"}, {"webhooks.signed", "webhooks.replay_noticed"}),
        ({"signed": lambda id, at, body: body}, {"webhooks.replay_noticed"}),
        ({"signed": lambda id, at, body: f"{at}.".encode() + body}, {"webhooks.replay_noticed"}),
        ({"at": NOW - 400}, {"webhooks.replay_noticed"}),
        ({"ids": lambda count: f"evt_{count}"}, {"webhooks.same_id"}),
        (
            {"ids": lambda count: "", "signed": lambda id, at, body: f"{at}.".encode() + body},
            {"webhooks.same_id", "webhooks.replay_noticed"},
        ),
        ({"pauses": (0, 0, 0)}, {"webhooks.backoff"}),
        ({"pauses": (1, 1, 1)}, {"webhooks.backoff"}),
    ],
    ids=["unsigned", "another text", "body", "no id", "old", "new ids", "no ids", "no pause", "even pauses"],
)
async def test_each_fault_is_seen_in_its_own_facts(look, options, wrong):
    seen = await look(**options)
    assert {fact for fact, value in GOOD.items() if seen.value(fact) != value} == wrong
    assert all(seen.value(fact) is False for fact in wrong)


async def test_too_few_retries_are_a_fault_where_the_platform_promised_more(look):
    seen = await look(retries="2s", pauses=(1,))
    assert seen.value("webhooks.retries") == 1
    assert seen.value("webhooks.same_id") is True
    assert seen["webhooks.backoff"].status == "unavailable"


async def test_too_few_retries_prove_nothing_where_the_platform_promised_none(look):
    seen = await look(retries=None, pauses=(), patience={"UNDECLARED": 0.6})
    assert seen["webhooks.retries"].reason == "sent again 0 times within 0.6 s; more may follow (receiver.retries)"
    assert seen["webhooks.same_id"].reason == "the event was not sent again"


async def test_an_event_that_never_arrives_is_a_fault_and_leaves_the_rest_unknown(look):
    seen = await look(sends=False, patience={"ARRIVES_WITHIN": 0.5})
    assert seen.value("webhooks.delivered") is False
    assert {row.status for fact, row in seen.items() if fact != "webhooks.delivered"} == {"unavailable"}


async def test_addresses_of_the_own_machine_that_are_sent_to_are_seen(look):
    taken = ("hooks.example", "127.0.0.1:", "localhost")
    seen = await look(refuses=lambda url: not any(host in url for host in taken))
    assert seen.value("webhooks.internal_reached") == 2
    assert seen.value("webhooks.internal_addresses") == 8


async def test_a_name_that_leads_inside_is_tried_and_one_that_does_not_is_no_proof(look):
    seen = await look(receiver={"internal": ["127.0.0.2"]})
    assert seen.value("webhooks.internal_addresses") == 9
    seen = await look(receiver={"internal": ["192.88.99.1"]})
    assert "is not internal" in seen["webhooks.internal_reached"].reason


async def test_what_is_taken_and_cannot_be_seen_stays_open(look):
    seen = await look(refuses=lambda url: "169.254" not in url and "hooks.example" not in url)
    assert "169.254.169.254" in seen["webhooks.internal_reached"].reason
    assert seen["webhooks.internal_addresses"].status == "unavailable"


@pytest.mark.parametrize("refusal", [404, 409, 500])
async def test_an_answer_that_is_no_refusal_of_the_address_proves_nothing(look, refusal):
    seen = await look(refusal=refusal)
    assert f"status {refusal}" in seen["webhooks.internal_reached"].reason


async def test_a_platform_that_takes_no_address_at_all_refuses_none_for_what_it_is(look):
    seen = await look(refuses=lambda url: True)
    assert {row.reason for row in seen.values()} == {"webhook_create was answered with status 422"}


async def test_without_a_receiver_it_is_unknown(target_of, observe, members):
    seen = await observe(webhooks, target_of("http://127.0.0.1:1", **members.keys))
    assert {row.reason for row in seen.values()} == {"the target file names no receiver"}
