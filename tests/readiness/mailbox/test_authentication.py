import base64

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from readiness.mailbox.authentication import authenticate

RAW = b"From: Sample <no-reply@mail.example.com>\r\nTo: ana@example.org\r\nSubject: hi\r\n\r\nhello\r\n"


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def published(key):
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


@pytest.fixture
def signed(key):
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return lambda domain: dkim.sign(RAW, b"s1", domain.encode(), pem) + RAW


@pytest.fixture
def verdict(dns):
    async def judge(mail, records=None, failing=False, sender="bounce@bounce.example.com", **keys):
        given = {"peer": "127.0.0.1", "helo": "mx", "sender": sender, "domains": ["mail.example.com"], **keys}
        return await authenticate(mail, **given, lookup=dns(records, failing))

    return judge


async def test_an_aligned_signature_passes_dmarc(verdict, signed, published):
    seen = await verdict(
        signed("example.com"),
        {
            "TXT s1._domainkey.example.com": [published],
            "TXT bounce.example.com": ["v=spf1 ip4:192.0.2.1 -all"],
            "TXT _dmarc.example.com": ["v=DMARC1; p=reject"],
        },
    )
    assert seen.results == {"dkim": "pass", "spf": "fail", "dmarc": "pass"}
    assert seen.aligned


async def test_strict_alignment_takes_the_same_domain_alone(verdict, signed, published):
    records = {
        "TXT s1._domainkey.example.com": [published],
        "TXT _dmarc.mail.example.com": ["v=DMARC1; p=none; adkim=s; aspf=s"],
        "TXT bounce.example.com": ["v=spf1 ip4:127.0.0.1 -all"],
    }
    seen = await verdict(signed("example.com"), records)
    assert seen.results == {"dkim": "pass", "spf": "pass", "dmarc": "fail"}
    assert not seen.aligned
    own = {"TXT mail.example.com": ["v=spf1 a -all"], "A mail.example.com": ["127.0.0.1"]}
    seen = await verdict(RAW, records | own, sender="no-reply@mail.example.com")
    assert seen.results == {"dkim": "none", "spf": "pass", "dmarc": "pass"}


async def test_a_signature_of_somebody_else_passes_dkim_but_not_dmarc(verdict, signed, published):
    records = {"TXT s1._domainkey.other.net": [published], "TXT _dmarc.example.com": ["v=DMARC1; p=none"]}
    seen = await verdict(signed("other.net"), records)
    assert seen.results == {"dkim": "pass", "spf": "none", "dmarc": "fail"}


async def test_a_changed_body_fails(verdict, signed, published):
    records = {"TXT s1._domainkey.example.com": [published], "TXT _dmarc.example.com": ["v=DMARC1; p=none"]}
    seen = await verdict(signed("example.com").replace(b"hello", b"hallo"), records)
    assert seen.results == {"dkim": "fail", "spf": "none", "dmarc": "fail"}


async def test_without_records_there_is_neither_a_pass_nor_a_fail(verdict):
    assert (await verdict(RAW)).results == {"dkim": "none", "spf": "none", "dmarc": "none"}


async def test_a_dns_that_does_not_answer_is_no_verdict(verdict, signed):
    seen = await verdict(signed("example.com"), failing=True)
    assert seen.results == dict.fromkeys(("dkim", "spf", "dmarc"), "temperror")
    assert not seen.aligned


async def test_a_policy_that_is_none_or_two_is_not_a_policy(verdict):
    for records in (["v=DMARC1; p=reject", "v=DMARC1; p=none"], ["v=DMARC1"], ["v=DMARC10; p=none"]):
        assert (await verdict(RAW, {"TXT _dmarc.example.com": records})).results["dmarc"] == "none"


async def test_a_mail_that_would_take_its_time_to_verify_is_not_verified(verdict, signed, published):
    records = {"TXT s1._domainkey.example.com": [published]}
    seen = await verdict(signed("example.com") + b" " * 1_000 + b"\r\n", records)
    assert seen.results["dkim"] == "policy"


async def test_two_senders_are_nobody_for_dmarc(verdict):
    seen = await verdict(RAW, {"TXT _dmarc.example.com": ["v=DMARC1; p=none"]}, domains=["example.com", "other.net"])
    assert seen.results["dmarc"] == "permerror"


async def test_badly_formed_signatures_and_records_are_outcomes(verdict):
    raw = b"DKIM-Signature: v=1; nonsense\r\n" + RAW
    records = {"TXT bounce.example.com": ["v=spf1 include:bounce.example.com -all"]}
    assert (await verdict(raw, records)).results == {"dkim": "fail", "spf": "permerror", "dmarc": "none"}
    assert (await verdict(b"\xff\x00", sender="")).results["dkim"] in ("none", "permerror")
