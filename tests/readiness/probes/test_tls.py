"""What the certificate and the protocol versions are worth, against servers on loopback."""

import socket
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from readiness.probes.tls import declined, names, security_bits, tls
from readiness.wire.exchange import Handshake
from starlette.applications import Starlette

FACTS = [fact.name for fact in tls.facts]


async def test_a_sound_host_is_observed_as_such(authority, shaking, target_of, observe):
    address = shaking(authority.leaf(days=30))
    seen = await observe(tls, target_of(address, ca_file=authority.ca_file), now=datetime.now(UTC))
    assert seen.value("tls.trusted") is True
    assert seen.value("tls.name_matches") is True
    assert seen.value("tls.days_left") == pytest.approx(30, abs=0.05)
    assert seen.value("tls.legacy_refused") is True
    assert seen.value("tls.security_bits") == 128
    assert seen.value("tls.offers_1_3") is True


async def test_an_authority_that_nobody_trusts_costs_trust_alone(authority, new_authority, shaking, target_of, observe):
    seen = await observe(tls, target_of(shaking(new_authority().leaf()), ca_file=authority.ca_file))
    assert seen.value("tls.trusted") is False
    assert seen.value("tls.name_matches") is True
    assert seen.value("tls.security_bits") == 128


async def test_an_expired_certificate_is_not_trusted_and_has_no_days_left(authority, shaking, target_of, observe):
    target = target_of(shaking(authority.leaf(days=-2)), ca_file=authority.ca_file)
    seen = await observe(tls, target, now=datetime.now(UTC))
    assert seen.value("tls.trusted") is False
    assert seen.value("tls.name_matches") is True
    assert seen.value("tls.days_left") == pytest.approx(-2, abs=0.05)


async def test_days_left_are_counted_from_the_time_of_the_run(authority, shaking, target_of, observe):
    target = target_of(shaking(authority.leaf(days=30)), ca_file=authority.ca_file)
    seen = await observe(tls, target, now=datetime.now(UTC) + timedelta(days=25))
    assert seen.value("tls.days_left") == pytest.approx(5, abs=0.05)


async def test_a_certificate_for_another_host_is_trusted_and_does_not_match(authority, shaking, target_of, observe):
    seen = await observe(tls, target_of(shaking(authority.leaf("other.example")), ca_file=authority.ca_file))
    assert seen.value("tls.trusted") is True
    assert seen.value("tls.name_matches") is False


async def test_the_name_is_judged_where_the_chain_is_not_trusted_too(
    authority, new_authority, shaking, target_of, observe
):
    address = shaking(new_authority().leaf("other.example"))
    seen = await observe(tls, target_of(address, ca_file=authority.ca_file))
    assert seen.value("tls.trusted") is False
    assert seen.value("tls.name_matches") is False


@pytest.mark.parametrize("oldest", ["TLSv1", "TLSv1_1"])
async def test_an_old_version_that_is_accepted_is_seen(authority, shaking, target_of, observe, oldest):
    seen = await observe(tls, target_of(shaking(authority.leaf(), oldest=oldest), ca_file=authority.ca_file))
    assert seen.value("tls.legacy_refused") is False


async def test_a_host_that_speaks_nothing_modern_has_not_refused_the_old(authority, shaking, target_of, observe):
    address = shaking(authority.leaf(), oldest="TLSv1", newest="TLSv1_1")
    seen = await observe(tls, target_of(address, ca_file=authority.ca_file))
    assert seen.value("tls.legacy_refused") is False
    assert seen.value("tls.trusted") is None


async def test_a_host_without_tls_1_3_does_not_offer_it(authority, shaking, target_of, observe):
    seen = await observe(tls, target_of(shaking(authority.leaf(), newest="TLSv1_2"), ca_file=authority.ca_file))
    assert seen.value("tls.offers_1_3") is False
    assert seen.value("tls.legacy_refused") is True


async def test_a_weak_key_is_measured(authority, shaking, target_of, observe):
    leaf = authority.leaf(key=rsa.generate_private_key(65537, 1024))
    seen = await observe(tls, target_of(shaking(leaf), ca_file=authority.ca_file))
    assert seen.value("tls.security_bits") == 80


def hang_up(connection: socket.socket) -> None:
    connection.recv(16)


def speak_plainly(connection: socket.socket) -> None:
    connection.recv(16)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def stay_silent(connection: socket.socket) -> None:
    while connection.recv(1024):
        pass


@pytest.mark.parametrize("handle", [hang_up, speak_plainly, stay_silent])
async def test_a_host_that_shakes_no_hands_says_nothing_of_itself(listen, target_of, observe, handle):
    address = f"https://127.0.0.1:{listen(handle)}"
    seen = await observe(tls, target_of(address, pace={"timeout": "0.5s"}))
    for fact in FACTS:
        assert (seen[fact].status, bool(seen[fact].reason)) == ("unavailable", True)


async def test_a_closed_port_is_no_finding(closed, target_of, observe):
    seen = await observe(tls, target_of(f"https://{closed}"))
    for fact in FACTS:
        assert (seen[fact].status, seen[fact].reason) == ("unavailable", "connection refused")


async def test_production_over_plain_http_is_not_trusted(serve, target_of, observe):
    seen = await observe(tls, target_of(serve(Starlette())))
    assert seen.value("tls.trusted") is False
    for fact in FACTS[1:]:
        assert seen[fact].reason == "production is served over plain HTTP"


@pytest.mark.parametrize(
    ("presented", "host", "matches"),
    [
        ("api.example.com", "api.example.com", True),
        ("API.Example.com", "api.example.COM", True),
        ("*.example.com", "api.example.com", True),
        ("*.example.com", "v1.api.example.com", False),
        ("*.example.com", "example.com", False),
        ("a*.example.com", "api.example.com", False),
        ("*.com", "example.com", False),
        ("example.com", "api.example.com", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("xn--bcher-kva.example", "bücher.example", True),
    ],
)
def test_names_are_compared_as_rfc_9525_says(authority, presented, host, matches):
    leaf = authority.issue((presented,), 90, ec.generate_private_key(ec.SECP256R1()))
    assert names(leaf, host) is matches


@pytest.mark.parametrize(
    ("key", "bits"),
    [
        (rsa.generate_private_key(65537, 2048), 112),
        (rsa.generate_private_key(65537, 3072), 128),
        (ec.generate_private_key(ec.SECP256R1()), 128),
        (ec.generate_private_key(ec.SECP521R1()), 256),
        (ed25519.Ed25519PrivateKey.generate(), 128),
    ],
    ids=["RSA 2048", "RSA 3072", "P-256", "P-521", "Ed25519"],
)
def test_the_strength_of_a_key_is_nists(authority, key, bits):
    assert security_bits(authority.issue(("a.example",), 90, key)) == bits


@given(
    st.sampled_from(
        ["no handshake within 3 s", "connection refused", "TLS: NO_PROTOCOLS_AVAILABLE", "No route to host"]
    )
)
def test_what_the_host_did_not_do_is_no_refusal(failure):
    shaken = Handshake(host="a", port=1, offered="TLSv1", failure=failure, observed_at=datetime.now(UTC))
    assert not declined(shaken)
