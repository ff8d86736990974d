"""Entries: what is looked up by name, with words that explain it."""

from readiness.artefacts.document import document
from readiness.artefacts.entries import entries

TEXT = b"""# Troubleshooting

All codes: invalid_token, rate_limited, empty_one, blank_one.

## invalid_token

The token has expired; sign in again to get another.

## empty_one

## blank_one

TODO: explain what it means and what to do.

| code | remedy |
|---|---|
| `rate_limited` | Wait as long as Retry-After says, then ask again. |
| short | Wait. |

- **locked_out**: Wait fifteen minutes or have the password reset.
"""


def test_sections_rows_and_items_are_entries_where_they_explain_something():
    found = entries([document(TEXT)])
    assert [one.title.strip("`") for one in found] == ["invalid_token", "rate_limited", "locked_out"]


def test_an_entry_is_looked_up_by_its_own_code_alone():
    entry = entries([document(TEXT)])[0]
    assert entry.names("invalid_token")
    assert not entry.names("token")
    assert not entry.names("invalid")
    assert not entry.names("rate_limited")
