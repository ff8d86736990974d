"""Views: what is kept of what a browser was made to do."""

from readiness.wire.view import View


def test_a_view_can_be_done_again_by_a_person_and_shows_no_secret(now):
    secrets: dict[str, None] = {}
    view = View(
        url="https://app.example.com/reset?token=abcdef",
        action="click on 'Go'",
        seen=("it said hunter2-hunter2",),
        asked=("POST /api/reset",),
        blocked=("tracker.example.net",),
        browser="Chromium 1",
        secrets=secrets.keys(),
        observed_at=now,
    )
    secrets["hunter2-hunter2"] = None  # known before the record is made, that is enough
    record = view.record()
    assert record["kind"] == "browser"
    assert record["seen"] == ["it said [redacted]"]
    assert "abcdef" not in str(record)
    assert view.repeat == "in Chromium 1, open https://app.example.com/reset?token=[redacted] and click on 'Go'"
    assert view.digest == view.digest
    assert view.source.startswith("browser: click on 'Go' at")
