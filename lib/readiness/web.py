"""The web app: the pages that people use, described so that a browser can be led through them."""

import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from readiness.document import Record

PLACEHOLDERS = ("email", "password", "token")
"""What fields and paths may hold in braces; a token is always made up."""


def _address(url: str) -> str:
    parts = urlsplit(url)
    if "@" in url or parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("expected an origin such as https://app.example.com")
    return f"{parts.scheme}://{parts.netloc}"


def _path(path: str) -> str:
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError(f"expected a path that starts with one /, got {path!r}")
    return path


def _known(text: str) -> str:
    unknown = sorted(set(re.findall(r"\{(\w+)\}", text)) - set(PLACEHOLDERS))
    if unknown:
        raise ValueError(f"placeholder {unknown[0]!r}: expected one of {', '.join(PLACEHOLDERS)}")
    return text


Path = Annotated[str, AfterValidator(_path), AfterValidator(_known)]


class Page(Record):
    """A page that asks the platform for something: when its form is sent, or when it is opened."""

    path: Path = Field(description="path, placeholders allowed: `/reset?token={token}`")
    fields: dict[str, Annotated[str, AfterValidator(_known)]] = Field(
        {}, description='what to fill in, by label or by name: `E-mail: "{email}"`'
    )
    submit: str = Field("", description="text of the button that sends the form; none for a page without a form")
    done: str = Field("", description="what shows that it worked: a text on the page, or a path that it leads to")

    @model_validator(mode="after")
    def _fields_are_sent(self) -> Self:
        if self.fields and not self.submit:
            raise ValueError("expected the text of the button that sends the fields (submit)")
        return self


class Web(Record):
    """How people use the platform in a browser."""

    address: Annotated[str, AfterValidator(_address)] = Field(description="origin of the web app")
    pages: dict[str, Page] = Field(
        {}, description="pages by name; `sign_up` and `sign_in` are used by name, the others as they are"
    )
    sections: dict[str, Path] = Field({}, description="sections of the dashboard of a signed-in user: name and path")
    privacy: Path | None = Field(None, description="path of the privacy policy")
    refuse: str = Field("", description="text of the button by which cookies are refused, where one is in the way")
    essential_cookies: list[str] = Field([], description="cookies that need no consent")
    hosts: list[str] = Field([], description="further hosts that the pages need; the browser reaches no others")

    @model_validator(mode="after")
    def _forms_say_when_they_are_done(self) -> Self:
        for name in ("sign_up", "sign_in"):
            page = self.pages.get(name)
            if page and not (page.submit and page.done):
                raise ValueError(f"pages.{name}: expected a button (submit) and what shows that it worked (done)")
        return self
