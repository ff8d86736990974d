"""A small platform that knows its members: profiles, addresses, notices; right unless told otherwise."""

import asyncio
import secrets
import smtplib
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CHAIR = "chair@fake.example"
OPERATIONS: dict[str, dict[str, Any]] = {
    "sign_up": {"path": "/join", "body": {"mail": "{email}", "pass": "{password}", "title": "{name}"}},
    "sign_in": {
        "path": "/enter",
        "body": {"mail": "{email}", "pass": "{password}"},
        "answer": {"access": "pass_card"},
    },
    "me": {
        "method": "GET",
        "path": "/card",
        "answer": {"id": "of.no", "email": "of.mail", "name": "of.title", "role": "of.rank", "tenant": "of.branch"},
    },
    "update": {"method": "PUT", "path": "/card", "body": {"title": "{name}"}},
    "update_role": {"method": "PUT", "path": "/card", "body": {"title": "{name}", "rank": "{role}"}},
    "update_tenant": {"method": "PUT", "path": "/card", "body": {"title": "{name}", "branch": "{tenant}"}},
    "change_email": {"path": "/card/mail", "body": {"mail": "{email}", "pass": "{password}"}},
    "confirm_email": {"path": "/card/mail/proof", "body": {"proof": "{token}"}},
    "change_password": {"path": "/card/pass", "body": {"old": "{password}", "new": "{new_password}"}},
    "notices": {"method": "GET", "path": "/board", "answer": {"kind": "*.about", "read": "*.seen"}},
    "opt_out": {"path": "/card/no-news"},
    "product_mail": {"path": "/news/{id}"},
    "delete": {"path": "/leave", "body": {"pass": "{password}"}},
}
MAILS = {
    "confirm_email": "proof=([a-z0-9-]+)",
    "password_changed": "new password",
    "new_device": "new device",
    "product": "our news",
}


@dataclass
class Club:
    """The platform; `faults` are what it does wrong, by name."""

    faults: frozenset[str] = frozenset()
    mail_port: int = 0
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    cards: dict[str, dict[str, Any]] = field(default_factory=dict)
    proofs: dict[str, tuple[str, str]] = field(default_factory=dict)
    ids: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.add(CHAIR, "the chair's password", "The chair", "chair")
        routes = {
            "/join": self.join,
            "/enter": self.enter,
            "/card/mail": self.change_mail,
            "/card/mail/proof": self.prove_mail,
            "/card/pass": self.change_pass,
            "/card/no-news": self.no_news,
            "/news/{no}": self.news,
            "/leave": self.leave,
        }
        posts = [Route(path, handle, methods=["POST"]) for path, handle in routes.items()]
        card = [Route("/card", self.card), Route("/card", self.change, methods=["PUT"])]
        self.app = Starlette(routes=[*posts, *card, Route("/board", self.board)])

    def described(self, secret: Any, *without: str, **changes: Any) -> dict[str, Any]:
        """Keys of a target file that describes it; `secret` is where the chair's password is written."""
        secret.write_text("the chair's password")
        return {
            "operations": {name: one for name, one in (OPERATIONS | changes).items() if name not in without},
            "accounts": {"email": "test+{tag}@example.com"},
            "admin": {"email": CHAIR, "password": f"file:{secret}"},
            "mailbox": {"smtp": f"127.0.0.1:{self.mail_port}", "patience": "2s", "mails": MAILS},
        }

    def add(self, mail: str, password: str, title: str, rank: str) -> None:
        no = f"member-{next(self.ids)}"
        kept: dict[str, Any] = {"board": [], "devices": set(), "news": True}
        self.members[no] = {"no": no, "mail": mail, "pass": password, "title": title, "rank": rank, **kept}
        self.members[no]["branch"] = "everywhere" if "one branch" in self.faults else f"branch of {no}"

    def asking(self, request: Request) -> dict[str, Any]:
        return self.cards.get(request.headers.get("authorization", "").removeprefix("Bearer "), {})

    def who(self, request: Request) -> dict[str, Any]:
        return self.members.get(self.asking(request).get("no", ""), {})

    async def send(self, to: str, text: str) -> None:
        await asyncio.to_thread(self._send, to, text)

    def _send(self, to: str, text: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.mail_port, timeout=3) as post:
            post.sendmail("us@fake.example", to, f"Subject: Hello\r\nTo: {to}\r\n\r\n{text}\r\n")

    async def tell(self, member: dict[str, Any], about: str) -> None:
        """A mail and a notice about a password or a device."""
        silent = "silenced" in self.faults and not member["news"]
        if f"no {about} mail" not in self.faults and not silent:
            await self.send(member["mail"], f"new {about}")
        if f"no {about} notice" not in self.faults:
            unread = None if "by time" in self.faults else False
            member["board"].append({"about": about, "seen": "shown read" in self.faults or unread})

    def done(self) -> Response:
        return JSONResponse({}, 500 if "breaks off" in self.faults else 200)

    # --- members ---------------------------------------------------------------------------------------------------

    async def join(self, request: Request) -> Response:
        given = await request.json()
        self.add(given["mail"], given["pass"], given["title"], "member")
        return JSONResponse({}, 201)

    async def enter(self, request: Request) -> Response:
        given = await request.json()
        mails = ("mail", "former") if "both addresses" in self.faults else ("mail",)
        found = (one for one in self.members.values() if given["mail"] in [one.get(name) for name in mails])
        member = next(found, None)
        if member is None or member["pass"] != given["pass"]:
            return JSONResponse({}, 404 if member is None else 401)
        device, text = request.headers["user-agent"], secrets.token_urlsafe(24)
        if member["devices"] and device not in member["devices"]:
            await self.tell(member, "device")
        member["devices"].add(device)
        self.cards[text] = {"no": member["no"], "rank": member["rank"]}
        return JSONResponse({"pass_card": text})

    async def card(self, request: Request) -> Response:
        member = self.who(request)
        if not member:
            return JSONResponse({}, 401)
        shown = {name: member[name] for name in ("no", "mail", "title", "rank", "branch")}
        if "rank by card" in self.faults:
            shown["rank"] = self.asking(request)["rank"]
        if "another's card" in self.faults:
            shown["mail"] = CHAIR
        return JSONResponse({"of": shown}, 500 if "no card" in self.faults else 200)

    async def change(self, request: Request) -> Response:
        given, member = await request.json(), self.who(request)
        more = given.keys() - {"title"}
        for fault, status in (("refuses more", 422), ("loses more", 404), ("overlooks more", 200), ("fails more", 500)):
            if more and fault in self.faults:
                return JSONResponse({}, status)
        if "forgets" in self.faults:
            return JSONResponse({})
        taken = [name for name in given if name == "title" or f"takes {name}" in self.faults]
        member.update({name: given[name] for name in taken})
        return self.done()

    async def change_mail(self, request: Request) -> Response:
        given, member, proof = await request.json(), self.who(request), f"proof-{next(self.ids)}"
        if "keeps addresses" in self.faults:
            return JSONResponse({}, 403)
        self.proofs[proof] = member["no"], given["mail"]
        await self.send(member["mail"] if "to the old" in self.faults else given["mail"], f"proof={proof}")
        if "at once" in self.faults:
            member["mail"] = given["mail"]
        return self.done()

    async def prove_mail(self, request: Request) -> Response:
        no, mail = self.proofs[(await request.json())["proof"]]
        if "in vain" not in self.faults:
            self.members[no] |= {"mail": mail, "former": self.members[no]["mail"]}
        return self.done()

    async def change_pass(self, request: Request) -> Response:
        given, member = await request.json(), self.who(request)
        if given["old"] != member["pass"] or "keeps passwords" in self.faults:
            return JSONResponse({}, 403)
        member["pass"] = given["new"]
        self.cards = {text: one for text, one in self.cards.items() if one["no"] != member["no"]}
        await self.tell(member, "password")
        return self.done()

    async def board(self, request: Request) -> Response:
        member = self.who(request)
        return JSONResponse(member["board"]) if member else JSONResponse({}, 401)

    async def no_news(self, request: Request) -> Response:
        self.who(request)["news"] = False
        return JSONResponse({})

    async def news(self, request: Request) -> Response:
        member = self.members[request.path_params["no"]]
        if self.who(request)["rank"] != "chair":
            return JSONResponse({}, 403)
        if not member["news"] and "says no" in self.faults:
            return JSONResponse({}, 409)
        if (member["news"] and "no news" not in self.faults) or "news for ever" in self.faults:
            await self.send(member["mail"], "our news")
        return JSONResponse({}, 202)

    async def leave(self, request: Request) -> Response:
        member = self.who(request)
        if not member or (await request.json())["pass"] != member["pass"]:
            return JSONResponse({}, 403 if member else 401)
        del self.members[member["no"]]
        return JSONResponse({})
