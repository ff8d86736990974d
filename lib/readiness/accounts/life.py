"""Life: how long what was sent by mail is good for, as far as anything says so; nobody waits for it to end."""

from readiness.accounts.visit import Reply
from readiness.answers import token as tokens
from readiness.errors import Unobservable


def life_s(token: str, reply: Reply) -> float:
    """Seconds that a mailed token lives.

    Args:
        token: From the mail; a JSON Web Token tells by itself (RFC 7519, 4.1.4).
        reply: To the request that had it sent; may tell by its `expires_in`.

    Raises:
        Unobservable: Neither says so.
    """
    read = tokens.read(token)
    if read is not None and read.life_s is not None:
        return read.life_s
    told = reply.get("expires_in")
    if isinstance(told, int | float | str) and not isinstance(told, bool):
        try:
            seconds = float(told)
        except ValueError:
            seconds = 0.0
        if 0 < seconds < float("inf"):
            return seconds
    raise Unobservable(
        f"neither the token nor the answer to {reply.operation} (expires_in) says how long the link lives",
        reply.exchange,
    )
