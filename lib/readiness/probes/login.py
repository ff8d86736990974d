"""Login: signing in with credentials that nobody has, and with bodies that are no credentials."""

from collections.abc import AsyncIterator

from readiness.answers.obstacle import away
from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.stranger import misfits, post, sign_in
from readiness.wire.exchange import Exchange


@probe(
    Fact("login.refuses_bad_credentials", "boolean", "Signing in with credentials that nobody has is refused."),
    Fact("login.refuses_malformed", "boolean", "A sign-in without credentials in it is refused as the caller's error."),
)
async def login(context: Context) -> AsyncIterator[Observation]:
    """POST made-up credentials, none at all, and a body of another media type, to the sign-in."""
    answer = await sign_in(context)
    if answer is None or context.target.login is None:
        for fact in ("login.refuses_bad_credentials", "login.refuses_malformed"):
            yield unavailable(fact, "the target file names no login")
        return
    refused = refuses_credentials(answer)
    if isinstance(refused, str):
        yield unavailable("login.refuses_bad_credentials", refused, answer)
    else:
        yield observed("login.refuses_bad_credentials", refused, answer)

    login = context.target.login
    answers = [await post(context, login.route, body) for body in misfits(login)]
    verdicts = [refuses_malformed(answer) for answer in answers]
    if False in verdicts:
        yield observed(
            "login.refuses_malformed", False, *(a for a, v in zip(answers, verdicts, strict=True) if v is False)
        )
    elif reasons := [verdict for verdict in verdicts if isinstance(verdict, str)]:
        yield unavailable("login.refuses_malformed", reasons[0], *answers)
    else:
        yield observed("login.refuses_malformed", True, *answers)


def refuses_credentials(answer: Exchange) -> bool | str:
    """Whether the answer refuses the credentials, or why that cannot be told.

    400, 401 and 403 refuse; 2xx and 5xx do not. 422 refuses the body's form before its credentials were looked at.
    """
    status = answer.status
    if reason := _absent(answer):
        return reason
    if status in (400, 401, 403):
        return True
    if status == 422:
        return "status 422: the body was refused before its credentials were looked at"
    return False if answer.ok or (status or 0) >= 500 else f"status {status} instead of a refusal"


def refuses_malformed(answer: Exchange) -> bool | str:
    """Whether a malformed body is refused with 4xx, or why that cannot be told."""
    status = answer.status or 0
    if reason := _absent(answer):
        return reason
    if 400 <= status < 500:
        return True
    return False if answer.ok or status >= 500 else f"status {status} instead of a refusal"


def _absent(answer: Exchange) -> str:
    if answer.status in (404, 405):
        return f"status {answer.status}: the sign-in is not at the declared route"
    return away(answer)
