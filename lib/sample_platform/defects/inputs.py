"""Defects in what the platform does with invalid input, errors, and what its documents promise."""

from .defect import Defect, defect

INPUT = "security.input_validation"
SQL = "security.sql_injection"
ERRORS = "experience.error_messages"
API_DOCS = "api.documentation"
CDN = "infrastructure.cdn"

DEFECTS: tuple[Defect, ...] = (
    # input
    defect("refresh-500", "A refresh token that is too long crashes.", INPUT, refresh_bounds_text=False),
    defect("search-500", "Words to search for that are too many crash.", INPUT, search_bounds_text=False),
    defect(
        "unknown-members-accepted",
        "Members of a body that nobody knows are overlooked.",
        INPUT,
        forgot_refuses_unknown=False,
    ),
    defect("large-body-accepted", "A body of megabytes is read to its end.", INPUT, largest_body=8_000_000),
    defect("sql-by-formatting", "The search puts its words into the statement.", SQL, search="formatted"),
    defect("sql-errors-shown", "The search answers with the database's error.", SQL, search="raw query"),
    defect(
        "help-reflects-markup",
        "The help page repeats the words searched for as markup.",
        "security.xss_protection",
        help_encodes=False,
    ),
    # errors
    defect(
        "forbidden-odd-shape", "A refusal for the role has a shape of its own.", f"{ERRORS} {API_DOCS}", odd_error=403
    ),
    defect("conflict-odd-shape", "A conflict is answered in a shape of its own.", ERRORS, odd_error=409),
    defect("failure-odd-shape", "A failure is answered in a shape of its own.", ERRORS, odd_error=500),
    # documents
    defect(
        "docs-name-missing-operation",
        "The documentation names an operation that is not there.",
        API_DOCS,
        documented_operation="/api/v1/auth/magic-link",
    ),
    defect(
        "answers-undocumented",
        "The search answers with other members than documented.",
        API_DOCS,
        articles_as_documented=False,
    ),
    defect("security-undeclared", "An operation does not declare who may ask.", API_DOCS, security_declared=False),
    defect(
        "texts-unbounded-in-document",
        "The document gives a password no greatest length.",
        "data.validation",
        texts_bounded_in_document=False,
    ),
    defect(
        "deprecated-silently",
        "A deprecated operation does not say so.",
        "api.versioning",
        deprecation_announced=False,
    ),
    defect(
        "client-names-missing-operation",
        "The JavaScript client calls an operation that is not there.",
        "api.sdk",
        client_is_current=False,
    ),
    # answers to a signed-in user
    defect("own-answers-public", "An answer to a user may be kept by anybody.", CDN, own_answers="public"),
    defect("own-answers-kept", "The edge keeps an answer to a user until the next write.", CDN, own_answers="kept"),
)
