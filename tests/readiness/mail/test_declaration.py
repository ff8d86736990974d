"""What a target file says of mail and webhooks, and every mistake in it with its line."""

import pytest
from readiness.errors import BadInput
from readiness.target import Target
from readiness.validate import validate

HEAD = "name: one\ntitle: One\nproduction: http://127.0.0.1\n"
GOOD = """mail:
  server: smtp.example.com:587
  user: readiness
  password: env:MAIL_PASSWORD
  from: Readiness <readiness@example.com>
  address: https://reports.example.com/
  lists:
    - to: [ana@example.com, ben@example.com]
    - {to: [ana@example.com], when: change, report: linked}
    - {to: [ops@example.com], when: failed, report: none}
notify:
  webhooks: [env:HOOK, file:hook]
"""


@pytest.fixture
def read(params):
    def call(text):
        path = params / "targets" / "one.yaml"
        path.write_text(HEAD + text, encoding="utf-8")
        return validate(params, [path]).problems

    return call


def test_it_is_read(read, params):
    assert read(GOOD) == ()
    mail = Target.find("one", params).mail
    assert (mail.host, mail.port, mail.tls, mail.address) == (
        "smtp.example.com",
        587,
        "starttls",
        "https://reports.example.com",
    )
    assert mail.recipients("run", "change") == {"ana@example.com": "attached", "ben@example.com": "attached"}
    assert mail.recipients("change", "failed") == {"ana@example.com": "linked", "ops@example.com": "none"}


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ("smtp.example.com:587", "smtp.example.com", 5, "mail.server: expected a server and its port"),
        ("smtp.example.com:587", "a b:25", 5, "mail.server: expected a server and its port"),
        ("env:MAIL_PASSWORD", "S3cret-Pa55", 7, "mail.password: expected a reference env:NAME or file:PATH"),
        ("  password: env:MAIL_PASSWORD\n", "", 4, "mail: expected user and password together"),
        ("Readiness <readiness@example.com>", "Readiness", 8, "mail.from: expected an address such as"),
        ("Readiness <readiness@example.com>", '"a <a@example.com>\\nBcc: x@example.com"', 8, "mail.from: expected"),
        ("Readiness <readiness@example.com>", '"Readiness: bot <r@example.com>"', 8, "mail.from: expected an address"),
        ("ben@example.com", '"b@example.com\\nBcc: x"', 11, "mail.lists.0.to.1: expected an address such as"),
        ("ben@example.com", "ben..x@example.com", 11, "mail.lists.0.to.1: expected an address such as"),
        ("ben@example.com", "ben.@example.com", 11, "mail.lists.0.to.1: expected an address such as"),
        ("  user: readiness\n", "  user: readiness\n  tls: plain\n", 4, "tls: expected starttls or implicit"),
        ("  address: https://reports.example.com/\n", "", 4, "mail: address: expected where reports/ is served"),
        ("when: change", "when: always", 12, "mail.lists.1.when: expected 'run', 'weekly', 'change' or 'failed'"),
        ("when: change", "on: change", 12, "mail.lists.1.True: unknown key"),
        ("env:HOOK", "https://hooks.example.com/s3cr3t", 15, "notify.webhooks.0: expected a reference"),
        ("[env:HOOK, file:hook]", "[]", 15, "notify.webhooks: expected"),
    ],
)
def test_a_mistake_is_one_line_with_its_place_and_shows_no_secret(read, before, after, line, words):
    text = GOOD.replace(before, after)
    assert text != GOOD
    (problem,) = read(text)
    assert f"one.yaml:{line}: {words}" in problem or (f"one.yaml:{line}: " in problem and words in problem)
    assert "S3cret" not in problem and "s3cr3t" not in problem


@pytest.mark.parametrize(
    "sender",
    ["r@example.com", "<r@example.com>", "Readiness  <r@example.com>", '"\\"Readiness, bot\\" <r@example.com>"'],
)
def test_a_sender_is_an_address_or_a_name_and_an_address(read, sender):
    assert read(GOOD.replace("Readiness <readiness@example.com>", sender)) == ()


def test_two_spellings_of_a_domain_are_one_recipient(read, params):
    assert read(GOOD.replace("[ana@example.com], when", "[ana@EXAMPLE.com], when")) == ()
    mail = Target.find("one", params).mail
    assert mail.recipients("run", "change") == {"ana@example.com": "attached", "ben@example.com": "attached"}


def test_in_the_clear_on_loopback_alone(read):
    assert read(GOOD.replace("smtp.example.com:587", "localhost:25\n  tls: plain")) == ()
    assert read(GOOD.replace("smtp.example.com:587", '"[::1]:25"\n  tls: plain')) == ()


def test_a_name_that_only_begins_like_loopback_is_none(params):
    with pytest.raises(BadInput, match="in the clear on loopback alone"):
        (params / "targets" / "one.yaml").write_text(
            HEAD + GOOD.replace("smtp.example.com:587", "127.0.0.1.example.com:25\n  tls: plain"), encoding="utf-8"
        )
        Target.find("one", params)
