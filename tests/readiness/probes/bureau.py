"""A small platform that keeps records: exports, erases, imports and logs; right unless told otherwise."""

import asyncio
import json
import smtplib
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ADMIN = "boss@fake.example"
OPERATIONS: dict[str, dict[str, Any]] = {
    "sign_up": {"path": "/users", "body": {"email": "{email}", "password": "{password}"}, "answer": {"id": "id"}},
    "verify": {"path": "/confirm", "body": {"token": "{token}"}},
    "sign_in": {
        "path": "/login",
        "body": {"email": "{email}", "password": "{password}"},
        "answer": {"access": "access"},
    },
    "me": {"method": "GET", "path": "/me", "answer": {"id": "id"}},
    "update": {"method": "PATCH", "path": "/me", "body": {"name": "{name}"}},
    "change_password": {"path": "/me/password", "body": {"old": "{password}", "new": "{new_password}"}},
    "delete": {"path": "/bye", "body": {"password": "{password}"}, "answer": {"erased_at": "erased_at"}},
    "sessions": {"method": "GET", "path": "/sessions", "answer": {"id": "*.id", "device": "*.device"}},
    "session_revoke": {"method": "DELETE", "path": "/sessions/{id}"},
    "api_key_create": {"path": "/keys", "body": {"name": "{name}"}, "answer": {"id": "id", "key": "key"}},
    "api_key_revoke": {"method": "DELETE", "path": "/keys/{id}"},
    "keyed": {"method": "GET", "path": "/keyed", "headers": {"X-API-Key": "{key}"}},
    "export": {"path": "/export", "body": {"password": "{password}"}, "answer": {"id": "id"}},
    "users": {
        "method": "GET",
        "path": "/people",
        "query": {"starts": "{email}"},
        "answer": {"id": "*.id", "email": "*.email"},
    },
    "user_delete": {"method": "DELETE", "path": "/people/{id}"},
    "import": {
        "path": "/bulk",
        "body": {"people": "{rows}"},
        "answer": {"id": "id", "created": "made", "errors": "bad"},
    },
    "import_undo": {"method": "DELETE", "path": "/bulk/{id}"},
    "audit": {
        "method": "GET",
        "path": "/log",
        "query": {"who": "{id}"},
        "answer": {
            "actor": "*.who",
            "action": "*.did",
            "target": "*.what",
            "address": "*.from",
            "time": "*.at",
            "result": "*.how",
        },
    },
}
AUDIT = {
    "sign_up": "joined",
    "verify": "confirmed",
    "sign_in": "entered",
    "sign_in_failed": "entered",
    "session_revoke": "put out",
    "change_password": "changed",
    "api_key_create": "made a key",
    "api_key_revoke": "broke a key",
}


@dataclass
class Bureau:
    """The platform; `faults` are what it does wrong, by name, and `now` is the time that it takes for now."""

    faults: frozenset[str] = frozenset()
    now: Any = None
    mail_port: int = 0
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[dict[str, Any]] = field(default_factory=list)
    polls: int = 0
    ids: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.add(ADMIN, "the boss's password")
        routes = {
            "/users": [self.sign_up],
            "/confirm": [self.confirm],
            "/login": [self.sign_in],
            "/me": [self.update, self.me],
            "/me/password": [self.change_password],
            "/bye": [self.bye],
            "/sessions": [self.listed],
            "/sessions/{id}": [self.put_out],
            "/keys": [self.make_key],
            "/keys/{id}": [self.break_key],
            "/keyed": [self.keyed],
            "/export": [self.export],
            "/export/{id}": [self.prepared],
            "/people": [self.people],
            "/people/{id}": [self.remove],
            "/bulk": [self.bulk],
            "/bulk/{id}": [self.undo],
            "/log": [self.events],
        }
        methods = {self.update: "PATCH", self.put_out: "DELETE", self.break_key: "DELETE", self.remove: "DELETE"}
        methods |= dict.fromkeys((self.me, self.listed, self.keyed, self.prepared, self.people, self.events), "GET")
        methods |= {self.undo: "DELETE"}
        self.app = Starlette(
            routes=[
                Route(path, handle, methods=[methods.get(handle, "POST")])
                for path, handles in routes.items()
                for handle in handles
            ]
        )

    def __hash__(self) -> int:
        return id(self)

    def described(self, secret: Any, *without: str, **changes: Any) -> dict[str, Any]:
        """Keys of a target file that describes it; `secret` is where the administrator's password is written."""
        secret.write_text("the boss's password")
        operations = {name: one for name, one in (OPERATIONS | changes).items() if name not in without}
        mailbox = {"smtp": f"127.0.0.1:{self.mail_port}", "patience": "3s", "mails": {"verify": "token=([a-z0-9-]+)"}}
        return {
            "operations": operations,
            "accounts": {"email": "test+{tag}@example.com"},
            "admin": {"email": ADMIN, "password": f"file:{secret}"},
            "audit": AUDIT,
            **({"mailbox": mailbox} if self.mail_port else {}),
        }

    def add(self, email: str, password: str, batch: str = "") -> dict[str, Any]:
        made = {"id": f"person-{next(self.ids)}", "email": email, "password": password, "batch": batch, "name": ""}
        self.users[made["id"]] = made
        return made

    def who(self, request: Request) -> dict[str, Any]:
        session = self.sessions.get(request.headers.get("authorization", "").removeprefix("Bearer "), {})
        return self.users.get(session.get("user", ""), {})

    def find(self, email: str) -> dict[str, Any]:
        return next((one for one in self.users.values() if one["email"].lower() == email.lower()), {})

    def note(self, who: dict[str, Any], did: str, what: str = "", how: str = "done") -> None:
        at = self.now.isoformat() if "wrong time" not in self.faults else (self.now - timedelta(days=1)).isoformat()
        event = {
            "who": who.get("id"),
            "did": did,
            "what": what or who.get("id"),
            "from": "127.0.0.1",
            "at": at,
            "how": how,
        }
        if "no address" in self.faults:
            event["from"] = "unknown"
        if "no result" in self.faults:
            event["how"] = "done"
        if not ("no failures" in self.faults and how != "done"):
            self.log.append(event)

    # --- people ----------------------------------------------------------------------------------------------------

    async def sign_up(self, request: Request) -> Response:
        given = await request.json()
        if self.find(given["email"]):
            return JSONResponse({}, 409)
        made = self.add(given["email"], given["password"])
        self.note(made, "joined")
        if self.mail_port:
            await asyncio.to_thread(self.mail, given["email"], made["id"])
        return JSONResponse({"id": made["id"]}, 201)

    def mail(self, to: str, token: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.mail_port, timeout=3) as post:
            post.sendmail("us@fake.example", to, f"Subject: Hello\r\nTo: {to}\r\n\r\ntoken={token}\r\n")

    async def confirm(self, request: Request) -> Response:
        self.note(self.users[(await request.json())["token"]], "confirmed")
        return JSONResponse({})

    async def sign_in(self, request: Request) -> Response:
        given = await request.json()
        user = self.find(given["email"])
        right = user and user["password"] == given["password"]
        self.note(user, "entered", how="done" if right else "refused")
        if not right:
            return JSONResponse({}, 401)
        token = f"session-token-{next(self.ids)}"
        self.sessions[token] = {"id": token[-4:], "user": user["id"], "device": request.headers["user-agent"]}
        return JSONResponse({"access": token})

    async def me(self, request: Request) -> Response:
        user = self.who(request)
        return JSONResponse({"id": user["id"]}) if user else JSONResponse({}, 401)

    async def update(self, request: Request) -> Response:
        self.who(request)["name"] = (await request.json())["name"]
        return JSONResponse({})

    async def change_password(self, request: Request) -> Response:
        self.who(request)["password"] = (await request.json())["new"]
        self.note(self.who(request), "changed")
        return JSONResponse({})

    async def bye(self, request: Request) -> Response:
        user = self.who(request)
        if (await request.json())["password"] != user["password"] or "keeps people" in self.faults:
            return JSONResponse({}, 403)
        if "scheduled" in self.faults:
            user["password"] = ""
            return JSONResponse({"erased_at": (self.now + timedelta(days=20)).isoformat()})
        if "switches off" in self.faults:
            user["password"] = ""
        elif "does nothing" not in self.faults:
            del self.users[user["id"]]
        if "keys live on" not in self.faults:
            self.keys = {id: key for id, key in self.keys.items() if key["user"] != user["id"]}
        if "switches off" in self.faults:
            self.sessions = {token: one for token, one in self.sessions.items() if one["user"] != user["id"]}
        return Response(status_code=204)

    async def listed(self, request: Request) -> Response:
        user = self.who(request)
        return JSONResponse([one for one in self.sessions.values() if one["user"] == user["id"]])

    async def put_out(self, request: Request) -> Response:
        self.note(self.who(request), "put out", request.path_params["id"])
        return Response(status_code=204)

    # --- keys and exports ------------------------------------------------------------------------------------------

    async def make_key(self, request: Request) -> Response:
        user, id = self.who(request), f"key-{next(self.ids)}"
        self.keys[id] = {"user": user["id"], "name": (await request.json())["name"], "text": f"text-of-{id}"}
        self.note(user, "made a key", id)
        return JSONResponse({"id": id, "key": f"text-of-{id}"}, 201)

    async def break_key(self, request: Request) -> Response:
        self.keys.pop(request.path_params["id"], None)
        self.note(self.who(request), "broke a key", request.path_params["id"])
        return Response(status_code=204)

    async def keyed(self, request: Request) -> Response:
        known = request.headers.get("x-api-key") in [key["text"] for key in self.keys.values()]
        return JSONResponse({}, 200 if known else 401)

    async def export(self, request: Request) -> Response:
        user = self.who(request)
        if (await request.json())["password"] != user["password"] and "unproven" not in self.faults:
            return JSONResponse({}, 403)
        return JSONResponse({"id": user["id"]}, 202) if "later" in self.faults else self.gathered(user)

    async def prepared(self, request: Request) -> Response:
        self.polls += 1
        return self.gathered(self.who(request)) if self.polls % 2 == 0 else JSONResponse({}, 404)

    def gathered(self, user: dict[str, Any]) -> Response:
        def own(one: dict[str, Any]) -> bool:
            return one["user"] == user["id"] or "everybody" in self.faults

        keys = [key["name"] for key in self.keys.values() if own(key) and "no keys" not in self.faults]
        devices = [one["device"] for one in self.sessions.values() if own(one)]
        if "table" in self.faults:
            lines = ["kind,value", f"email,{user['email']}", f"name,{user['name']}"]
            lines += [f"key,{key}" for key in keys] + [f"device,{device}" for device in devices]
            return Response("\n".join(lines), media_type="text/csv")
        found = {"email": user["email"], "name": user["name"], "keys": keys, "devices": devices}
        if "page" in self.faults:
            return Response(f"<p>{json.dumps(found)}</p>", media_type="text/html")
        return JSONResponse(found)

    # --- administrators --------------------------------------------------------------------------------------------

    def is_boss(self, request: Request) -> bool:
        return self.who(request).get("email") == ADMIN

    async def people(self, request: Request) -> Response:
        start = request.query_params["starts"].lower()
        found = [one for one in self.users.values() if one["email"].lower().startswith(start)]
        return JSONResponse(found if self.is_boss(request) else {}, 200 if self.is_boss(request) else 403)

    async def remove(self, request: Request) -> Response:
        gone = self.users.pop(request.path_params["id"], None)
        return Response(status_code=204 if gone else 404)

    async def bulk(self, request: Request) -> Response:
        if not self.is_boss(request) and "open" not in self.faults:
            return JSONResponse({}, 403)
        people = (await request.json())["people"]
        bad = [n for n, one in enumerate(people, 1) if not good(one["email"])]
        if bad and "all or nothing" in self.faults:
            return JSONResponse({}, 422)
        id, made = f"batch-{next(self.ids)}", 0
        for one in people:
            known = self.find(one["email"]) and "copies" not in self.faults
            if (good(one["email"]) or "takes anything" in self.faults) and not known:
                made += 1
                if "only says so" not in self.faults:
                    self.add(one["email"], "", id)
        if "breaks off" in self.faults:
            return JSONResponse({}, 500)
        return JSONResponse({"id": id, "made": made, "bad": [] if "hides" in self.faults else bad})

    async def undo(self, request: Request) -> Response:
        self.users = {id: one for id, one in self.users.items() if one["batch"] != request.path_params["id"]}
        return Response(status_code=204)

    async def events(self, request: Request) -> Response:
        if not self.is_boss(request):
            return JSONResponse({}, 403)
        return JSONResponse([one for one in self.log if request.query_params["who"] in (one["who"], one["what"])])


def good(email: str) -> bool:
    """Whether it is an address, as far as the tests go."""
    name, _, domain = email.partition("@")
    plain = bool(name) and "@" not in domain and not set("< ") & set(email)
    return plain and "." in domain and all(domain.split("."))
