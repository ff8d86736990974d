"""Defects in the web app that people see in a browser."""

from .defect import Defect, defect

LOADING = "experience.loading_states"
DASHBOARD = "experience.dashboard"
PRIVACY = "security.gdpr"

DEFECTS: tuple[Defect, ...] = (
    defect("web-shows-nothing", "A page that waits shows nothing of it.", LOADING, web_shows_busy=False),
    defect("web-submits-twice", "A second click sends a second request.", LOADING, web_submits_once=False),
    defect(
        "web-section-missing", "A section of the dashboard is not there.", DASHBOARD, web_section_removed="sessions"
    ),
    defect(
        "web-section-throws", "A section of the dashboard stops in its script.", DASHBOARD, web_section_throws="notices"
    ),
    defect("web-field-unlabelled", "A field of the profile has no label.", DASHBOARD, web_name_labelled=False),
    defect(
        "web-error-untranslated",
        "The web app shows a bare code instead of a text.",
        "experience.error_messages",
        web_untranslated="too_many_requests",
    ),
    defect("web-tracks-unasked", "A tracking cookie is set before anybody consents.", PRIVACY, web_tracks_unasked=True),
    defect("web-policy-missing", "The privacy policy is not there.", PRIVACY, web_policy="missing"),
    defect("web-policy-empty", "The privacy policy's address shows the start page.", PRIVACY, web_policy="start page"),
    defect(
        "web-sign-up-throws",
        "The sign-up page stops in its script once the API has answered.",
        "experience.registration",
        web_sign_up_reads_answer=False,
    ),
)
