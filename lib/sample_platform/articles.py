"""Articles: help that can be searched, as JSON for programs and as a page for people."""

import html
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError

from .bodies import JsonRoute
from .errors import Refused, documented
from .identity import Here
from .pages import page
from .schemas import example

router = APIRouter(tags=["help"], route_class=JsonRoute)
pages = APIRouter()

_ARTICLES = (
    ("Sign in", "Sign in with your address and password. After ten wrong passwords the account rests for a while."),
    ("Forgotten password", "Ask for a mail, open its link within half an hour, and choose another password."),
    ("Second factor", "An authenticator app shows a code of six digits; keep the recovery codes for when it is lost."),
    ("Devices", "The list of sessions shows every device that is signed in, and ends any of them."),
    ("Delete an account", "Your account and everything in it are deleted at once and for ever."),
)
_SOURCE = "unnest(cast(:titles as text[]), cast(:texts as text[])) as article (title, text)"
_ROWS = {"titles": [title for title, _ in _ARTICLES], "texts": [words for _, words in _ARTICLES]}
_MATCH = "to_tsvector('english', title || ' ' || text) @@ {reader}('english', :q)"
_ORDERS = {"title": "title", "length": "length(text), title"}

# Control characters cannot be stored, and are in no word that anybody looks for.
Words = Annotated[
    str,
    Query(min_length=2, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$", description="Words.", examples=["password"]),
]
Order = Literal["title", "length"]

_FOUND = example(
    {"items": [{"title": "Forgotten password", "text": "Ask for a mail, open its link, and choose another."}]}
)


class Article(BaseModel):
    """One article."""

    title: str
    text: str


class Found(BaseModel):
    """The articles that hold the words."""

    items: list[Article]


@router.get("/articles", summary="Search the help", responses={**_FOUND, **documented(422, 429)}, response_model=Found)
async def articles(here: Here, q: Words, order: Order = "title") -> Any:
    """Return the articles that hold the words, in any of their forms."""
    found = await _search(here, q, order)
    if here.behaviour.articles_as_documented:
        return Found(items=[Article(title=title, text=words) for title, words in found])
    return JSONResponse({"items": [{"heading": title, "text": words} for title, words in found]})


@router.get(
    "/help",
    summary="Search the help (former address)",
    deprecated=True,
    responses={**_FOUND, **documented(422, 429)},
)
async def former(here: Here, response: Response, q: Words = "password") -> Found:
    """Use `/articles` instead; this address goes at the end of 2027."""
    if here.behaviour.deprecation_announced:
        response.headers["Deprecation"] = "@1767225600"  # 2026-01-01
        response.headers["Sunset"] = "Fri, 31 Dec 2027 23:59:59 GMT"
        response.headers["Link"] = f'<{here.base}/api/v1/articles>; rel="successor-version"'
    return Found(items=[Article(title=title, text=words) for title, words in await _search(here, q, "title")])


@pages.get("/help", include_in_schema=False)
async def help_page(here: Here, q: Annotated[str, Query(max_length=100)] = "") -> HTMLResponse:
    """Show a form, and what was found for the words in it."""
    words = "".join(letter for letter in q if letter.isprintable()).strip()
    try:
        found = await _search(here, words, "title") if words else []
    except Refused:
        found = []
    items = "".join(f"<li><strong>{html.escape(title)}</strong> {html.escape(text)}</li>" for title, text in found)
    shown = html.escape(q) if here.behaviour.help_encodes else q
    form = f'<form action="/help"><label>Search <input name="q" type="search" value="{shown}"></label></form>'
    return page("Help", form + (f"<p>Results for {shown}</p><ul>{items}</ul>" if q else ""))


async def _search(here: Here, q: str, order: Order) -> Sequence[tuple[str, str]]:
    match here.behaviour.search:
        case "formatted":
            where, values = f"title || ' ' || text ilike '%{q}%'", _ROWS
        case "raw query":
            where, values = _MATCH.format(reader="to_tsquery"), {**_ROWS, "q": q}
        case _:
            where, values = _MATCH.format(reader="websearch_to_tsquery"), {**_ROWS, "q": q}
    statement = sa.text(f"select title, text from {_SOURCE} where {where} order by {_ORDERS[order]}")  # noqa: S608
    try:
        async with here.database.connect() as connection:
            return [(title, words) for title, words in await connection.execute(statement, values)]
    except DBAPIError as error:
        if here.behaviour.search == "raw query":
            raise Refused(422, "invalid_search", str(error.orig)[:500]) from None
        raise
