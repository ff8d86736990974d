import pytest
from pydantic import ValidationError

MAILS = {"verify": "token=(.+)"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "expected one of smtp, mailpit, mailhog, imap, got none"),
        ({"smtp": "127.0.0.1:1", "mailpit": "http://127.0.0.1"}, "got smtp and mailpit"),
        ({"smtp": "8025"}, "expected an address and port"),
        ({"smtp": "127.0.0.1:70000"}, "expected an address and port"),
        ({"smtp": "127.0.0.1:1", "trusted": "mx.example.com"}, "verifies mails by itself"),
        ({"mailpit": "http://ana:open@127.0.0.1"}, "without a user or password"),
        ({"mailpit": "ftp://127.0.0.1"}, "expected an http"),
        ({"mailhog": "http://127.0.0.1", "user": "ana"}, "user and password together"),
        ({"imap": "imaps://ana:open@127.0.0.1/INBOX", "password": "env:P"}, "without a password"),
        ({"imap": "imap://ana@mail.example.com", "password": "env:P"}, "on loopback alone"),
        ({"imap": "imaps://ana@mail.example.com"}, "expected a password beside imap"),
        ({"smtp": "127.0.0.1:1", "patience": "2m"}, "at most 60s"),
        ({"smtp": "127.0.0.1:1", "mails": {"verify": "("}}, "expected a regular expression"),
        ({"smtp": "127.0.0.1:1", "mails": {"verify": "(a)(b)"}}, "at most one group"),
        ({"smtp": "127.0.0.1:1", "mails": {"verify": "token"}}, "expected a group around"),
        ({"smtp": "127.0.0.1:1", "mails": {"product": ".*"}}, "does not match an empty mail"),
        ({"smtp": "127.0.0.1:1", "mails": {"newsletter": "a"}}, "Input should be"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value.replace(" ", "-"),
)
def test_what_cannot_be_meant_is_refused_in_one_line(declared, keys, said):
    with pytest.raises(ValidationError) as caught:
        declared(**{"mails": MAILS, **keys})
    lines = [problem["msg"] for problem in caught.value.errors(include_url=False)]
    assert len(lines) == 1
    assert said in lines[0]
    assert "open" not in lines[0]


def test_the_place_names_no_user(declared):
    assert declared(imap="imaps://ana@mail.example.com/Tests", password="env:P").place == "Tests of mail.example.com"
    assert declared(mailpit="http://127.0.0.1:8025/").place == "mailpit at http://127.0.0.1:8025"
