"""The carrier: what a session is carried by, and the session shown with something else in its place."""

from dataclasses import replace

from readiness.accounts.visit import Reply, Visit
from readiness.errors import Unobservable

SECRET_LENGTH = 16
"""Characters of the shortest cookie value that may carry a session."""

_STRANGERS = (400, 401, 403, 404, 410)
"""How platforms answer credentials of nobody."""


def carrier(visit: Visit) -> str:
    """The text that carries a session: the access token where the requests show it, else the session's cookie.

    Raises:
        Unobservable: There is neither.
    """
    access = str(visit.held.get("access") or "")
    if access and any(access in value for value in visit.shown().values()):
        return access
    cookies = [
        value for value in visit.cookies.values() if len(value) >= SECRET_LENGTH and value != visit.held.get("csrf")
    ]
    if not cookies:
        raise Unobservable("signing in gave neither an access token nor a cookie that could carry a session")
    return max(cookies, key=len)


def carrying(visit: Visit, genuine: str, text: str) -> Visit:
    """A copy of the visit that shows another text in place of what carries its session."""
    visit.client.hide(text)
    return replace(
        visit,
        held={name: text if value == genuine else value for name, value in visit.held.items()},
        cookies={name: text if value == genuine else value for name, value in visit.cookies.items()},
    )


def copied(visit: Visit) -> Visit:
    """The visit as it is now; what it does later does not change this one."""
    return replace(visit, held=dict(visit.held), cookies=dict(visit.cookies))


def works(reply: Reply) -> bool:
    """Whether a session or refresh token was accepted; RFC 6749, 5.2 lets a refresh be refused with 400 as well.

    Raises:
        Unobservable: The answer is neither.
    """
    if reply.settle().ok:
        return True
    if reply.status in (401, 403) or (reply.status == 400 and reply.operation == "refresh"):
        return False
    raise Unobservable(
        f"{reply.operation} was answered with status {reply.status}, which tells nothing", reply.exchange
    )


def refused(reply: Reply) -> bool:
    """Whether a request was refused for who asks, as somebody that is not known, or not any more.

    Raises:
        Unobservable: It was neither served nor refused for that.
    """
    if not reply.settle().ok and reply.status not in _STRANGERS:
        raise Unobservable(f"{reply.operation} was answered with status {reply.status}", reply.exchange)
    return not reply.ok
