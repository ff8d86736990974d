"""Kontor, a second small identity platform: unlike the sample in whatever a target file describes.

Paths and members have other names, some operations take forms, a session is an opaque cookie that is looked up here,
changes need a token against cross-site requests, and mails hold codes. Right in everything unless told otherwise.
"""

import secrets
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import ceil
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .people import Member, Session, digest_of
from .post import Post
from .ways import COOKIE, WAYS, Refused, Way, document, done, given, problem

GUARD = "X-Kontor-Schutz"
LETTERS = 4
"""Letters of one kind to one person."""
WRONG = 10
"""Wrong passwords before an account is locked."""
GUESSES = 5
"""Wrong codes before none is right any more."""
ENDS, WINDOW_S = 8, 2.0
"""How often anybody may ask to end an account in so many seconds: that asks for a password."""


@dataclass
class Code:
    """What a letter holds."""

    text: str
    guesses: int = GUESSES


@dataclass
class Kontor:
    """The platform; `faults` are what it does wrong, by name. Whatever it knows is in memory.

    `told` is every secret of a session that it ever gave away.
    """

    post: Post
    keeper: Member
    faults: frozenset[str] = frozenset()
    members: dict[str, Member] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    codes: dict[tuple[str, str], Code] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    written: Counter[tuple[str, str]] = field(default_factory=Counter)
    ends: deque[float] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.members[self.keeper.mail] = self.keeper
        routes = [Route(way.path, self._serving(way), methods=[way.method]) for way in WAYS]
        routes += [Route("/gesund", _health), Route("/kontor.json", _document)]
        self.app = Starlette(routes=routes, exception_handlers={Refused: problem, HTTPException: problem})

    def _serving(self, way: Way) -> Any:
        handle: Callable[..., Response] = getattr(self, way.does)

        async def serve(request: Request) -> Response:
            if way.does == "vanish":
                self._count()
            if way.who == "anybody":
                return handle(request, **await given(way, request))
            session = self.sessions.get(request.cookies.get(COOKIE, ""))
            if session is None:
                raise Refused(401, "not signed in")
            if way.method != "GET" and request.headers.get(GUARD) != session.guard:
                raise Refused(403, "asked by another site")
            if way.who == "keeper" and not session.member.keeper:
                raise Refused(403, "not for members")
            session.seen = datetime.now(UTC)
            return handle(session, **await given(way, request))

        return serve

    # --- anybody ---------------------------------------------------------------------------------------------------

    def join(self, request: Request, **asked: str) -> Response:
        one = Member.new(asked["mail"], asked["pass"], asked["nick"])
        if "@" not in one.mail:
            raise Refused(422, "unusable")
        if one.mail not in self.members:
            self.members[one.mail] = one
            self._write("verify", one.mail)
        return done({"ttl": 900}, 202)

    def remind(self, request: Request, mail: str) -> Response:
        self._write("verify", mail)
        return done({"ttl": 900}, 202)

    def confirm(self, request: Request, mail: str, code: str) -> Response:
        self._redeem("verify", mail, code, keep="codes work twice" in self.faults).confirmed = True
        return done({})

    def enter(self, request: Request, **asked: str) -> Response:
        one, digest = self.members.get(asked["mail"]), digest_of(asked["mail"], asked["pass"])
        if one is None or one.wrong >= WRONG or not secrets.compare_digest(one.digest, digest):
            if one:
                one.wrong += 1
            raise Refused(401, "unknown")
        if not one.confirmed:
            raise Refused(403, "not confirmed")
        one.wrong, sid = 0, secrets.token_urlsafe(32)
        address = request.client.host if request.client else ""
        session = self.sessions[sid] = Session(one, request.headers["user-agent"], address)
        self.told |= {sid, session.guard}
        answer = done({"user": one.shown, "guard": session.guard})
        answer.set_cookie(COOKIE, sid, httponly=True, secure=True, samesite="strict")
        answer.set_cookie("farbe", "hell")
        return answer

    def forget(self, request: Request, mail: str) -> Response:
        self._write("reset", mail)
        return done({"ttl": 600}, 202)

    def reset(self, request: Request, **asked: str) -> Response:
        digest = digest_of(asked["mail"], asked["pass"])
        one = self._redeem("reset", asked["mail"], asked["code"])
        one.digest, one.wrong = digest, 0
        self._sign_out(one)
        return done({})

    # --- members ---------------------------------------------------------------------------------------------------

    def leave(self, session: Session) -> Response:
        if "signing out ends nothing" not in self.faults:
            self.sessions = {sid: one for sid, one in self.sessions.items() if one is not session}
        answer = Response(status_code=204)
        answer.delete_cookie(COOKIE)
        return answer

    def me(self, session: Session) -> Response:
        return done({"user": session.member.shown})

    def rename(self, session: Session, nick: str) -> Response:
        if nick == self.keeper.nick:
            raise Refused(409, "taken")
        session.member.nick = nick
        return self.me(session)

    def change(self, session: Session, alt: str, neu: str) -> Response:
        self._know(session.member, alt)
        session.member.digest = digest_of(session.member.mail, neu)
        return done({})

    def vanish(self, session: Session, **asked: str) -> Response:
        self._know(session.member, asked["pass"])
        return self._forgotten(session.member)

    def visits(self, session: Session) -> Response:
        own = [one for one in self.sessions.values() if one.member is session.member]
        told = [{"key": one.key, "agent": one.agent, "ip": one.address, "seen": one.seen.isoformat()} for one in own]
        return done({"sessions": [{**row, "here": row["key"] == session.key} for row in told]})

    def end(self, session: Session, key: str) -> Response:
        for sid, one in self.sessions.items():
            if one.key == key and one.member is session.member:
                del self.sessions[sid]
                return Response(status_code=204)
        raise Refused(404, "not there")

    def show(self, session: Session, uid: str) -> Response:
        one = self._of(uid)
        if one is not session.member and "members read each other" not in self.faults:
            raise Refused(404, "not there")
        return done({"user": one.shown})

    # --- the keeper ------------------------------------------------------------------------------------------------

    def search(self, session: Session, mail: str = "") -> Response:
        return done({"users": [one.shown for one in self.members.values() if mail in one.mail]})

    def remove(self, session: Session, uid: str) -> Response:
        return self._forgotten(self._of(uid))

    # --- how -------------------------------------------------------------------------------------------------------

    def _count(self) -> None:
        now = time.monotonic()
        while self.ends and self.ends[0] < now - WINDOW_S:
            self.ends.popleft()
        if len(self.ends) >= ENDS:
            raise HTTPException(429, "too often", {"Retry-After": str(ceil(self.ends[0] + WINDOW_S - now))})
        self.ends.append(now)

    def _of(self, uid: str) -> Member:
        for one in self.members.values():
            if one.uid == uid:
                return one
        raise Refused(404, "not there")

    def _know(self, one: Member, password: str) -> None:
        if one.digest != digest_of(one.mail, password):
            raise Refused(422, "unusable")

    def _forgotten(self, member: Member) -> Response:
        self._sign_out(member)
        del self.members[member.mail]
        self.codes = {key: code for key, code in self.codes.items() if key[1] != member.mail}
        return Response(status_code=204)

    def _sign_out(self, member: Member) -> None:
        self.sessions = {sid: one for sid, one in self.sessions.items() if one.member is not member}

    def _write(self, kind: str, mail: str) -> None:
        """Write a letter to a member; nobody else gets one, nor a member too many."""
        if mail in self.members and self.written[kind, mail] < LETTERS:
            self.written[kind, mail] += 1
            self.codes[kind, mail] = Code(f"{secrets.randbelow(1_000_000):06}")
            self.post.send(mail, kind, self.codes[kind, mail].text)

    def _redeem(self, kind: str, mail: str, text: str, keep: bool = False) -> Member:
        """Whoever the code was sent to; it is good once, and not for ever to be guessed."""
        code = self.codes.get((kind, mail)) or Code("")
        if not code.text or code.guesses <= 0 or not secrets.compare_digest(code.text.encode(), text.encode()):
            code.guesses -= 1
            raise Refused(400, "wrong code")
        if not keep:
            del self.codes[kind, mail]
        return self.members[mail]


async def _health(request: Request) -> Response:
    return JSONResponse({"status": "up"}, headers={"Cache-Control": "no-store"})


async def _document(request: Request) -> Response:
    return JSONResponse(document())
