"""Video: pages that tell of a video in one of the usual ways, and those that show none."""

import json
from datetime import UTC, date, datetime

import pytest
from readiness.attestation import Attestation
from readiness.probes.video import seconds_of, video
from readiness.survey import survey
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

LD = {"@type": "VideoObject", "name": "Get started", "duration": "PT3M12S"}
META = '<meta property="og:title" content="Get started"><meta itemprop="duration" content="PT3M12S">'
EMBED = '<link rel="alternate" type="application/json+oembed" href="/oembed?url=x">'


@pytest.fixture
def look(serve, target_of, observe):
    async def ask(body, status=200, oembed=None, path="/watch?v=1"):
        routes = [
            Route("/watch", lambda request: HTMLResponse(body, status)),
            Route("/oembed", lambda request: JSONResponse(oembed or {})),
        ]
        base = serve(Starlette(routes=routes))
        return await observe(video, target_of(base, **({"video": base + path} if path else {})))

    return ask


@pytest.mark.parametrize(
    ("body", "oembed"),
    [
        (META, None),
        (f'<script type="application/ld+json">{json.dumps(LD)}</script>', None),
        (f'<script type="application/ld+json">{json.dumps({"@graph": [LD]})}</script>', None),
        (EMBED, {"type": "video", "title": "Get started", "duration": 192}),
    ],
    ids=["meta", "JSON-LD", "JSON-LD graph", "oEmbed"],
)
async def test_a_video_with_a_title_and_a_length_passes(look, body, oembed):
    seen = await look(body, oembed=oembed)
    values = [seen.value(f"video.{name}") for name in ("answers", "titled", "seconds")]
    assert values == [True, True, 192]


async def test_a_video_without_title_or_length_is_seen(look):
    seen = await look('<meta itemprop="duration" content="PT0S">')
    assert (seen.value("video.titled"), seen.value("video.seconds")) == (False, 0)
    seen = await look("<title>Get started</title>")
    assert "tells how long it plays" in seen["video.seconds"].reason


async def test_a_page_that_is_not_there_is_seen(look):
    seen = await look("gone", status=404)
    assert seen.value("video.answers") is False
    assert "status 404" in seen["video.seconds"].reason


async def test_a_platform_that_cannot_be_asked_says_nothing(look):
    seen = await look("later", status=503)
    assert seen["video.answers"].status == "unavailable"


async def test_without_an_address_it_is_unknown_and_its_currency_can_be_attested(look):
    seen = await look("", path="")
    assert seen["video.answers"].permission == "video in the target file"
    assert seen["video.current"].permission == "an attestation of video.current"


async def test_that_it_is_current_is_attested(target_of):
    days = {"attested_on": date(2026, 1, 1), "expires_on": date(2026, 12, 31)}
    stated = Attestation(fact="video.current", statement="It shows release 1.4.", by="Head of product", **days)
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    result = await survey(target_of("http://127.0.0.1:9"), [video], attestations=[stated], now=lambda: now)
    assert result.evidence.set_index("fact").loc["video.current", "boolean"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT1H2M3S", 3723), ("PT45S", 45), ("P1DT1S", 86_401), ("12.5", 12.5), ("", None), ("PT", None), ("soon", None)],
)
def test_lengths_are_read_as_iso_8601_or_seconds(text, seconds):
    assert seconds_of(text) == seconds
