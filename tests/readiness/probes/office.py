"""A small platform that writes letters: signs up, verifies, forgets and resets; right unless told otherwise."""

import asyncio
import secrets
import smtplib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

OPERATIONS: dict[str, dict[str, Any]] = {
    "sign_up": {"path": "/join", "body": {"mail": "{email}", "pass": "{password}"}, "answer": {"expires_in": "lives"}},
    "verify": {"path": "/confirm", "body": {"mail": "{email}", "token": "{token}"}},
    "resend_verification": {"path": "/again", "body": {"mail": "{email}"}},
    "sign_in": {
        "path": "/enter",
        "body": {"mail": "{email}", "pass": "{password}"},
        "answer": {"access": "access", "refresh": "refresh"},
    },
    "refresh": {"path": "/renew", "body": {"token": "{refresh}"}, "answer": {"access": "access"}},
    "me": {"method": "GET", "path": "/me"},
    "forgot": {"path": "/forgot", "body": {"mail": "{email}"}, "answer": {"expires_in": "lives"}},
    "reset": {"path": "/reset", "body": {"token": "{token}", "pass": "{password}"}},
    "delete": {"path": "/bye"},
}
MAILS = {"verify": r"/confirm\?token=([\w-]+)", "reset": r"/reset\?token=([\w-]+)"}
DNS = {
    "fake.example TXT": ['"v=spf1 ip4:127.0.0.1 -all"'],
    "_dmarc.fake.example TXT": ['"v=DMARC1; p=reject"'],
}
"""Records of the domain that its mail comes from."""

MOST = 4
"""Letters of one kind to one person."""


@dataclass
class Office:
    """The platform; `faults` are what it does wrong, by name."""

    faults: frozenset[str] = frozenset()
    mail_port: int = 0
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    posting: set[Any] = field(default_factory=set)

    def __post_init__(self) -> None:
        handlers = {
            "/join": self.join,
            "/confirm": self.confirm,
            "/again": self.again,
            "/enter": self.enter,
            "/renew": self.renew,
            "/forgot": self.forgot,
            "/reset": self.reset,
            "/bye": self.bye,
        }
        routes = [Route(path, handle, methods=["POST"]) for path, handle in handlers.items()]
        self.app = Starlette(routes=[*routes, Route("/me", self.me)])

    def described(self, resolver: str, *without: str) -> dict[str, Any]:
        """Keys of a target file that describes it, but for these operations."""
        return {
            "operations": {name: one for name, one in OPERATIONS.items() if name not in without},
            "accounts": {"email": "test+{tag}@example.com"},
            "mailbox": {"smtp": f"127.0.0.1:{self.mail_port}", "patience": "2s", "mails": MAILS},
            "resolvers": [resolver],
        }

    async def join(self, request: Request) -> Response:
        given = await request.json()
        known = given["mail"] in self.users
        if known and "conflict" in self.faults:
            return JSONResponse({}, 409)
        if not known:
            self.users[given["mail"]] = {"pass": given["pass"], "verified": False}
            await self.post(request, "verify", given["mail"])
            if "slow sign-up" in self.faults:
                await asyncio.sleep(0.15)
        said = "known" if known and "says so" in self.faults else "welcome"
        return JSONResponse({"ticket": secrets.token_hex(4), "lives": self.life("sign-up"), "say": said}, 202)

    async def confirm(self, request: Request) -> Response:
        given = await request.json()
        mail = self.tokens.get(given["token"], "")
        if not mail.startswith("verify "):
            return JSONResponse({}, 400)
        mail = mail.partition(" ")[2]
        asks = self.sessions.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if "whoever asks" in self.faults and asks:
            mail = asks
        if "whoever is named" in self.faults:
            mail = given["mail"]
        self.users[mail]["verified"] = True
        if "repeats" not in self.faults:
            del self.tokens[given["token"]]
        return JSONResponse({})

    async def again(self, request: Request) -> Response:
        mail = (await request.json())["mail"]
        if "refuses" in self.faults and self.sent["verify", mail] >= MOST:
            return JSONResponse({}, 429)
        if "refuses everybody" in self.faults:
            return JSONResponse({}, 429)
        if mail in self.users:
            await self.post(request, "verify", mail)
        return JSONResponse({}, 202)

    async def enter(self, request: Request) -> Response:
        given = await request.json()
        user = self.users.get(given["mail"])
        right = user and user["pass"] == given["pass"]
        if not right or ("closed" in self.faults and not user["verified"]):
            return JSONResponse({}, 401)
        access, refresh = (secrets.token_urlsafe(24) for _ in range(2))
        self.sessions |= {access: given["mail"], refresh: given["mail"]}
        return JSONResponse({"access": access, "refresh": refresh})

    async def renew(self, request: Request) -> Response:
        mail = self.sessions.get((await request.json())["token"])
        return JSONResponse({"access": secrets.token_urlsafe(24)}, 200) if mail else JSONResponse({}, 401)

    async def me(self, request: Request) -> Response:
        mail = self.sessions.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if mail is None:
            return JSONResponse({}, 401)
        admitted = self.users[mail]["verified"] or "open" in self.faults
        return JSONResponse({"mail": mail}, 200 if admitted else 403)

    async def forgot(self, request: Request) -> Response:
        mail = (await request.json())["mail"]
        if mail in self.users:
            await self.post(request, "reset", mail)
            if "slow forgot" in self.faults:
                await asyncio.sleep(0.15)
        elif "unknown" in self.faults:
            return JSONResponse({}, 404)
        return JSONResponse({"lives": self.life("forgot")}, 202)

    async def reset(self, request: Request) -> Response:
        given = await request.json()
        mail = self.tokens.get(given["token"], "")
        if not mail.startswith("reset "):
            return JSONResponse({}, 400)
        mail = mail.partition(" ")[2]
        if "does nothing" not in self.faults:
            self.users[mail]["pass"] = given["pass"]
        if "repeats" not in self.faults:
            del self.tokens[given["token"]]
        if "keeps sessions" not in self.faults:
            self.sessions = {token: one for token, one in self.sessions.items() if one != mail}
        return JSONResponse({})

    async def bye(self, request: Request) -> Response:
        mail = self.sessions.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if mail is None:
            return JSONResponse({}, 401)
        del self.users[mail]
        self.sessions = {token: one for token, one in self.sessions.items() if one != mail}
        return Response(status_code=204)

    def life(self, what: str) -> int | None:
        if "says no life" in self.faults:
            return None
        return 10 * 24 * 3600 if "for ever" in self.faults else 1800

    async def post(self, request: Request, kind: str, mail: str) -> None:
        """Write a letter; it is on its way when the answer is."""
        if "no mail" in self.faults or (self.sent[kind, mail] >= MOST and "unlimited" not in self.faults):
            return
        self.sent[kind, mail] += 1
        token = secrets.token_urlsafe(16)
        self.tokens[token] = f"{kind} {mail}"
        place = {"verify": "confirm", "reset": "reset"}[kind]
        host = "app.fake.example"
        if "follows host" in self.faults:
            host = request.headers["host"]
        if "follows forwarded host" in self.faults:
            host = request.headers.get("x-forwarded-host", host)
        task = asyncio.create_task(asyncio.to_thread(self.send, mail, f"https://{host}/{place}?token={token}"))
        self.posting.add(task)
        task.add_done_callback(self.posting.discard)

    def send(self, to: str, link: str) -> None:
        sender = "us@other.example" if "from elsewhere" in self.faults else "us@fake.example"
        with smtplib.SMTP("127.0.0.1", self.mail_port, timeout=3) as post:
            post.sendmail(sender, to, f"From: us@fake.example\r\nTo: {to}\r\nSubject: Hello\r\n\r\n{link}\r\n")
