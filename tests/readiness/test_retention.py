"""The retention policy: what is missing or unclear is told with its line."""

import pytest
from readiness.errors import BadInput
from readiness.retention import Policy

POLICY = """\
classes:
  - class: accounts
    tables: [users]
    period: 730d
    column: last_seen_at
    basis: contract, and two years of claims under it
    method: anonymise
    emptied: email
  - {class: sessions, tables: [sessions], period: 30d, column: expires_at, basis: security of sign-in, method: delete}
personal: [users, sessions]
"""


def test_what_the_policy_and_the_database_call_personal_has_to_be_covered():
    policy = Policy.of(POLICY.encode(), "retention.yaml")
    assert policy.covered == {"public.users", "public.sessions"}
    assert policy.uncovered({"public.users"}) == set()
    assert policy.uncovered({"public.invitations"}) == {"public.invitations"}
    assert policy.of_persons({"public.invitations"}) == {"public.users", "public.sessions", "public.invitations"}


def test_a_table_that_only_looks_personal_is_explained():
    text = POLICY + "impersonal: {newsletters: addresses of our own lists}\n"
    policy = Policy.of(text.encode(), "retention.yaml")
    assert policy.uncovered({"public.newsletters"}) == set()


def test_a_personal_table_without_a_class_is_uncovered_though_no_column_gives_it_away():
    policy = Policy.of(POLICY.replace("[users, sessions]", "[users, sessions, notes]").encode(), "retention.yaml")
    assert policy.uncovered(set()) == {"public.notes"}


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("730d", "two years", ":4: classes.0.period: expected a duration such as 30s, 24h or 7d, got 'two years'"),
        ("tables: [users]", "tables: []", ":3: classes.0.tables: "),
        ("method: delete", "method: forget", ":9: classes.1.method: expected 'delete', 'anonymise' or 'archive'"),
        ("basis: security of sign-in", "basis: TODO", ":9: classes.1.basis: expected words, got the placeholder TODO"),
        ("    emptied: email\n", "", ":2: classes.0: expected `emptied` where the method is anonymise"),
        ("column: last_seen_at", "column: now() --", ":5: classes.0.column: "),
        ("personal: [users, sessions]", "", ": personal: expected this key, got nothing"),
        ("personal", "personel", "unknown key; did you mean 'personal'?"),
        ("users, sessions]\n", "users]\nimpersonal: {users: why}\n", "got it under both"),
        ("class: accounts", "class: [", "not valid YAML"),
    ],
)
def test_a_mistake_is_told_with_its_line(before, after, problem):
    assert before in POLICY
    with pytest.raises(BadInput) as caught:
        Policy.of(POLICY.replace(before, after).encode(), "retention.yaml")
    assert problem in str(caught.value), caught.value


def test_what_is_no_text_is_no_policy():
    with pytest.raises(BadInput, match="not UTF-8"):
        Policy.of(b"\xff\xfe", "retention.yaml")
