"""A small identity platform for the tests of probes that use accounts: right in everything unless told otherwise."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ME = {"method": "GET", "path": "/me", "answer": {"id": "id", "email": "email"}}
SIGN_UP = {"path": "/users", "body": {"email": "{email}", "password": "{password}"}, "answer": {"id": "id"}}
OPERATIONS = {
    "sign_up": SIGN_UP,
    "sign_in": {
        "path": "/login",
        "body": {"email": "{email}", "password": "{password}", "remember": "{remember}"},
        "answer": {"access": "access", "refresh": "refresh", "refresh_expires_in": "lasts"},
    },
    "me": ME,
    "refresh": {
        "path": "/renew",
        "body": {"token": "{refresh}"},
        "answer": {"access": "access", "refresh": "refresh"},
    },
    "sign_out": {"path": "/logout"},
    "short_token": {"path": "/brief", "answer": {"access": "access"}},
    "foreign_token": {"path": "/foreign", "answer": {"access": "access"}},
    "sessions": {
        "method": "GET",
        "path": "/sessions",
        "answer": {name: f"*.{name}" for name in ("id", "device", "address", "last_used", "current")},
    },
    "session_revoke": {"method": "DELETE", "path": "/sessions/{id}"},
    "user": {"method": "GET", "path": "/users/{id}", "answer": {"id": "id"}},
    "delete": {"path": "/bye"},
}
DESCRIBED: dict[str, Any] = {
    "operations": OPERATIONS,
    "accounts": {"email": "test+{tag}@example.com"},
    "session": {"leeway": "1s"},
    "routes": {"jwks": "/jwks", "openapi": "/openapi.json"},
}
"""Keys of a target file that describes it."""

COOKIE = {
    **DESCRIBED,
    "operations": {
        name: {**OPERATIONS[name], "answer": {}} if name == "sign_in" else OPERATIONS[name]
        for name in ("sign_up", "sign_in", "me", "sign_out", "sessions", "session_revoke", "user", "delete")
    },
    "session": {"headers": {}, "cookies": True, "refresh": False},
}
"""The same of one that keeps its sessions on the server, in a cookie."""


@dataclass
class House:
    """The platform; `faults` are what it does wrong, `sole` is what a sign-in does to the session before it.

    `wrong` counts the wrong passwords in a row for each address, `most_wrong` is the most there were for any.
    """

    faults: frozenset[str] = frozenset()
    sole: str = ""
    cookie: bool = False
    life: int = 600
    secret: str = ""
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    refreshes: dict[str, dict[str, Any]] = field(default_factory=dict)
    ids: Any = field(default_factory=lambda: count(1))
    wrong: dict[str, int] = field(default_factory=dict)
    most_wrong: int = 0

    def __post_init__(self) -> None:
        self.app = Starlette(
            routes=[
                Route("/users", self.sign_up, methods=["POST"]),
                Route("/users/{id}", self.user),
                Route("/login", self.sign_in, methods=["POST"]),
                Route("/me", self.me),
                Route("/renew", self.renew, methods=["POST"]),
                Route("/logout", self.sign_out, methods=["POST"]),
                Route("/brief", self.brief, methods=["POST"]),
                Route("/foreign", self.foreign, methods=["POST"]),
                Route("/sessions", self.listed),
                Route("/sessions/{id}", self.revoke, methods=["DELETE"]),
                Route("/bye", self.bye, methods=["POST"]),
                Route("/jwks", self.jwks),
                Route("/openapi.json", self.document),
            ]
        )

    # --- tokens ----------------------------------------------------------------------------------------------------

    def token(self, session: str, life: int = 0, audience: str = "api") -> str:
        now = int(time.time())
        claims = {"iss": "house", "aud": audience, "sub": self.sessions[session]["user"], "sid": session, "iat": now}
        claims["exp"] = now + (life or self.life)
        if "no sub" in self.faults:
            del claims["sub"]
        return jwt.encode(claims, self.secret or self.key, "HS256" if self.secret else "ES256")

    def session_of(self, request: Request) -> dict[str, Any] | None:
        if self.cookie:
            found = self.sessions.get(request.cookies.get("sid", ""))
        else:
            sid = self.read(request.headers.get("authorization", "").removeprefix("Bearer "))
            found = self.sessions.get(sid)
        return found if found and (not found["ended"] or "access lives on" in self.faults) else None

    def read(self, text: str) -> str:
        options: dict[str, Any] = {"verify_aud": "any audience" not in self.faults}
        options["verify_exp"] = "never expires" not in self.faults
        if "any signature" in self.faults:
            options |= {"verify_signature": False, "verify_aud": True}
        try:
            key = self.secret or self.key.public_key()
            return str(jwt.decode(text, key, ["ES256", "HS256"], options, audience="api").get("sid"))
        except (jwt.PyJWTError, TypeError, ValueError):
            return ""

    # --- routes ----------------------------------------------------------------------------------------------------

    async def sign_up(self, request: Request) -> Response:
        given = await request.json()
        if self.weak(given["password"], given["email"]):
            return JSONResponse({}, 422)
        known = given["email"] in self.users
        if known and "two of one" not in self.faults:
            return JSONResponse({}, 409)
        made = {"id": str(next(self.ids)), **given}
        self.users[f"{given['email']} {made['id']}" if known else given["email"]] = made
        return JSONResponse({"id": made["id"]}, 201)

    async def user(self, request: Request) -> Response:
        session = self.session_of(request)
        if not session and "open" not in self.faults:
            return JSONResponse({}, 401)
        own = session and request.path_params["id"] == session["user"]
        return (
            JSONResponse({"id": request.path_params["id"]}) if own or self.faults & {"open", "any user"} else missing()
        )

    async def sign_in(self, request: Request) -> Response:
        given = await request.json()
        user = self.users.get(given["email"])
        if user and "slow for known" in self.faults:
            await asyncio.sleep(0.15)
        if not user or self.kept(user["password"]) != self.kept(given["password"]):
            self.wrong[given["email"]] = self.wrong.get(given["email"], 0) + 1
            self.most_wrong = max(self.most_wrong, self.wrong[given["email"]])
            return JSONResponse({}, 404 if not user and "names unknown" in self.faults else 401)
        self.wrong[given["email"]] = 0
        shown = request.cookies.get("sid")
        kept = "fixed" in self.faults or ("continued" in self.faults and shown in self.sessions)
        sid = (shown if kept else self.before(user["id"])) or secrets.token_urlsafe(24)
        remember = (given["remember"] or "always remembers" in self.faults) and "never remembers" not in self.faults
        device = "" if "no device" in self.faults else request.headers.get("user-agent", "")
        self.sessions[sid] = {"id": str(next(self.ids)), "user": user["id"], "device": device, "ended": False}
        if not self.cookie:
            lasts = {} if "says no life" in self.faults else {"lasts": 30 * 86_400 if remember else 43_200}
            return JSONResponse(self.pair(sid) | lasts)
        answer = JSONResponse({})
        answer.set_cookie("lang", "en")
        bare = "bare cookie" in self.faults
        age = 30 * 86_400 if remember else None
        answer.set_cookie("sid", sid, max_age=age, httponly=not bare, secure=True, samesite="lax")
        return answer

    def before(self, user: str) -> str:
        """The user's living session where a sign-in continues that; where it ends that, it is ended."""
        living = [sid for sid, one in self.sessions.items() if one["user"] == user and not one["ended"]]
        for sid in living if self.sole == "ends" else ():
            self.sessions[sid]["ended"] = True
        return living[0] if living and self.sole == "continues" else ""

    def weak(self, password: str, email: str) -> bool:
        refused = {
            "takes short": len(password) < 8,
            "takes common": password in ("password123", "qwertyuiop", "1234567890123"),
            "takes address": password == email,
            "takes breached": password == "1qaz2wsx3edc",
        }
        faults = {"refuses long": len(password) > 40, "demands digits": password.isalpha()}
        return any(bad and fault not in self.faults for fault, bad in refused.items()) or any(
            bad and fault in self.faults for fault, bad in faults.items()
        )

    def kept(self, password: str) -> bytes:
        return password.encode()[:72] if "cuts" in self.faults else password.encode()

    def pair(self, sid: str) -> dict[str, str]:
        text = secrets.token_urlsafe(24)
        self.refreshes[text] = {"sid": sid, "used": False}
        return {"access": self.token(sid), "refresh": text}

    async def me(self, request: Request) -> Response:
        session = self.session_of(request)
        return JSONResponse({"id": session["user"], "email": "a@example.com"}) if session else JSONResponse({}, 401)

    async def renew(self, request: Request) -> Response:
        found = self.refreshes.get((await request.json())["token"])
        if not found or self.sessions[found["sid"]]["ended"]:
            return JSONResponse({}, 401)
        if found["used"] and "reusable" not in self.faults:
            self.sessions[found["sid"]]["ended"] = "family survives" not in self.faults
            return JSONResponse({}, 401)
        found["used"] = True
        return JSONResponse(self.pair(found["sid"]))

    async def sign_out(self, request: Request) -> Response:
        session = self.session_of(request)
        if session and "signs nobody out" not in self.faults:
            session["ended"] = True
        answer = Response(status_code=204)
        answer.delete_cookie("sid")
        return answer

    async def brief(self, request: Request) -> Response:
        return self.other(request, life=1)

    async def foreign(self, request: Request) -> Response:
        return self.other(request, audience="reports")

    def other(self, request: Request, **keys: Any) -> Response:
        sid = self.read(request.headers.get("authorization", "").removeprefix("Bearer "))
        return JSONResponse({"access": self.token(sid, **keys)} if sid else {}, 200 if sid else 401)

    async def listed(self, request: Request) -> Response:
        session = self.session_of(request)
        if not session:
            return JSONResponse({}, 401)
        own = [one for one in self.sessions.values() if one["user"] == session["user"] and not one["ended"]]
        told = {"address": "127.0.0.1", "last_used": "2026-03-02T09:00:00Z"}
        current = session["id"] if "unmarked" not in self.faults else ""
        items = [{"id": one["id"], "device": one["device"], **told, "current": one["id"] == current} for one in own]
        return JSONResponse(items[:1] if "lists one" in self.faults else items)

    async def revoke(self, request: Request) -> Response:
        session = self.session_of(request)
        if not session:
            return JSONResponse({}, 401)
        for one in self.sessions.values():
            mine = one["user"] == session["user"] or "any session" in self.faults
            if one["id"] == request.path_params["id"] and mine:
                one["ended"] = "revokes nothing" not in self.faults
                return Response(status_code=204)
        return missing()

    async def bye(self, request: Request) -> Response:
        session = self.session_of(request)
        self.users = {email: one for email, one in self.users.items() if not session or one["id"] != session["user"]}
        return Response(status_code=204 if session else 401)

    async def jwks(self, request: Request) -> Response:
        public = jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return JSONResponse({"keys": [{**public, "kid": "1"}]})

    async def document(self, request: Request) -> Response:
        answers = {"responses": {"200": {"description": "It is."}}}
        paths = {"/users": "post", "/login": "post", "/me": "get", "/sessions": "get", "/users/{id}": "get"}
        described = {path: {method: answers} for path, method in paths.items()}
        return JSONResponse({"openapi": "3.1.0", "info": {"title": "House", "version": "1"}, "paths": described})


def missing() -> Response:
    """Nothing is there."""
    return JSONResponse({}, 404)
