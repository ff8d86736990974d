from readiness.mailbox.dissect import dissect

PATTERNS = {"verify": r"verify\?token=([\w.~-]+)", "password_changed": "password was changed"}


def test_a_token_is_found_in_a_plain_mail_whatever_its_encoding_and_line_breaks(mail):
    message = mail()
    text = "Follow https://app.example.com/verify?token=" + "a" * 90 + "\nYour password was\nchanged: ä"
    message.set_content(text, cte="quoted-printable")
    read = dissect(bytes(message), PATTERNS)
    assert read["found"] == {"verify": "a" * 90, "password_changed": ""}
    assert read["hosts"] == ["app.example.com"]
    assert read["senders"] == ["example.com"]
    assert read["recipients"] == ["readiness+1-ana@example.com"]


def test_a_token_is_found_in_a_mail_that_is_html_alone(mail):
    message = mail()
    message.set_content(
        '<head><title>x</title></head><style>a{}</style><a href="https://x.example/verify?a=1&amp;verify?token=T-1">here</a>',
        subtype="html",
    )
    read = dissect(bytes(message), PATTERNS)
    assert read["found"] == {"verify": "T-1"}
    assert read["hosts"] == ["x.example"]


def test_a_code_is_not_mistaken_for_a_colour_of_the_markup(mail):
    message = mail()
    message.set_content('<p style="color:#111222">Your code: <b>654321</b></p>', subtype="html")
    assert dissect(bytes(message), {"verify": r"\b(\d{6})\b"})["found"] == {"verify": "654321"}


def test_a_host_behind_a_user_name_in_a_link_is_seen(mail):
    read = dissect(bytes(mail("https://good.example@evil.example/verify?token=a and http://[bad")), PATTERNS)
    assert read["hosts"] == ["evil.example"]


def test_an_encoded_subject_is_read(mail):
    assert dissect(bytes(mail("", subject="Grüße: password was changed")), PATTERNS)["found"] == {
        "password_changed": ""
    }


def test_only_the_trusted_server_is_believed_and_its_latest_word_counts():
    raw = (
        b"Authentication-Results: mx.example.com 1; spf=pass (a ; dkim=fail) smtp.mailfrom=a@b; dmarc=fail\r\n"
        b"Authentication-Results: mx.example.com; dkim=fail header.d=b; dkim=pass header.d=c; dmarc=pass\r\n"
        b"Authentication-Results: elsewhere.example; dkim=pass\r\n\r\nhi"
    )
    assert dissect(raw, {}, "MX.example.com")["results"] == {"spf": "pass", "dkim": "pass", "dmarc": "fail"}
    assert dissect(raw, {}, "")["results"] == {}
    assert dissect(raw, {}, "none.example")["results"] == {}


def test_what_is_no_mail_at_all_is_taken_apart_without_an_error():
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(300))
    odd = b'Subject: =?utf-8?B?////?= =?x?Q?=zz?=\r\nTo: <<<@@>, "\r\nContent-Type: text/plain; charset="\xff"\r\n\r\nx'
    for raw in (b"", bytes(range(256)) * 200, odd, deep[:900]):
        assert dissect(raw, PATTERNS)["found"] == {}
