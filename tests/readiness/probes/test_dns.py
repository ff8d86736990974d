"""What the DNS says of a platform, asked of name servers on loopback."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readiness.probes.dns import dmarc_policy, dns, issuers, leads_to, spf_restricts
from readiness.wire.exchange import Answer

FACTS = [fact.name for fact in dns.facts]

SOUND = {
    "example.test NS": ["ns1.example.test.", "ns2.example.test."],
    "example.test SOA": ["ns1.example.test. admin.example.test. 1 3600 600 86400 60"],
    "example.test DS": ["12345 13 2 " + "ab" * 32],
    "example.test TXT": ['"v=spf1 include:_spf.mail.test -all"', '"site-verification=1"'],
    "_dmarc.example.test TXT": ['"v=DMARC1; p=reject; " "rua=mailto:a@example.test"'],
    "example.test CAA": ['0 issue "ca.test; accounturi=1"', '0 iodef "mailto:a@example.test"'],
    "ns1.example.test A": ["192.0.2.53"],
    "ns2.example.test A": ["192.0.2.54"],
    "api.example.test A": ["192.0.2.1"],
    "staging.example.test A": ["192.0.2.2"],
    "www.example.test CNAME": ["app.example.test."],
    "app.example.test A": ["192.0.2.3"],
}


@pytest.fixture
def look(name_server, target_of, observe):
    """`await look(records, second=…, codes=…, **target keys)` runs the probe against two name servers."""

    async def run(records, *, second=None, codes=None, authentic=(), **keys):
        servers = [name_server(zone, codes, authentic) for zone in (records, second or records)]
        keys = {
            "staging": "https://staging.example.test",
            "mail_domain": "example.test",
            "issuers": ["ca.test"],
            "resolvers": servers,
            "pace": {"timeout": "0.4s"},
            **keys,
        }
        return await observe(dns, target_of("https://api.example.test", **keys))

    return run


async def test_a_sound_zone_is_observed_as_such(look):
    seen = await look(SOUND)
    assert {fact: seen.value(fact) for fact in FACTS} == {
        "dns.resolvers_agree": True,
        "dns.name_servers": 2,
        "dns.dangling": 0,
        "dns.spf": True,
        "dns.dmarc": True,
        "dns.dmarc_enforced": True,
        "dns.caa_allows_issuer": True,
        "dns.dnssec": True,
    }


async def test_an_empty_zone_has_none_of_it(look):
    seen = await look({key: SOUND[key] for key in SOUND if key.endswith((" A", " NS", " SOA"))})
    for fact in ("dns.spf", "dns.dmarc", "dns.dmarc_enforced", "dns.caa_allows_issuer", "dns.dnssec"):
        assert seen.value(fact) is False


async def test_resolvers_that_lead_elsewhere_disagree(look):
    seen = await look(SOUND, second=SOUND | {"api.example.test A": ["198.51.100.7"]})
    assert seen.value("dns.resolvers_agree") is False


async def test_a_name_that_one_resolver_does_not_know_is_a_disagreement(look):
    seen = await look(SOUND, second={key: value for key, value in SOUND.items() if key != "staging.example.test A"})
    assert seen.value("dns.resolvers_agree") is False


async def test_pools_that_overlap_agree(look):
    one, other = ["192.0.2.1", "192.0.2.9"], ["192.0.2.9", "192.0.2.8"]
    seen = await look(SOUND | {"api.example.test A": one}, second=SOUND | {"api.example.test A": other})
    assert seen.value("dns.resolvers_agree") is True


async def test_one_answering_resolver_proves_no_agreement(look, name_server):
    silent = name_server({}, dict.fromkeys(("api.example.test", "staging.example.test"), "SILENT"))
    seen = await look(SOUND, resolvers=[name_server(SOUND), silent])
    assert seen.value("dns.resolvers_agree") is None
    assert "1 of 2 resolvers answered" in seen["dns.resolvers_agree"].reason
    seen = await look(SOUND, resolvers=[name_server(SOUND)])
    assert seen["dns.resolvers_agree"].status == "unavailable"


async def test_a_host_that_exists_for_nobody_is_no_agreement(look):
    seen = await look({key: value for key, value in SOUND.items() if not key.startswith("api.")})
    assert seen.value("dns.resolvers_agree") is None


async def test_the_second_resolver_answers_where_the_first_fails(look, name_server):
    seen = await look(SOUND, resolvers=[name_server(SOUND, {"example.test": "SERVFAIL"}), name_server(SOUND)])
    assert seen.value("dns.spf") is True
    assert seen.value("dns.name_servers") == 2


async def test_a_name_server_that_does_not_resolve_is_not_counted(look):
    seen = await look({key: value for key, value in SOUND.items() if not key.startswith("ns2.")})
    assert seen.value("dns.name_servers") == 1


async def test_an_alias_to_nowhere_is_dangling(look):
    seen = await look(SOUND | {"www.example.test CNAME": ["gone.cloud.test."]})
    assert seen.value("dns.dangling") == 1
    seen = await look(SOUND | {"old.example.test CNAME": ["gone.cloud.test."]}, names=["old.example.test"])
    assert seen.value("dns.dangling") == 1


async def test_an_alias_whose_end_cannot_be_asked_for_is_unknown(look):
    zone = SOUND | {"www.example.test CNAME": ["gone.cloud.test."]}
    seen = await look(zone, codes={"www.example.test": "SERVFAIL"})
    assert seen.value("dns.dangling") is None


@pytest.mark.parametrize("code", ["SERVFAIL", "REFUSED", "SILENT"])
async def test_a_question_without_an_answer_is_unknown_and_not_a_finding(look, code):
    seen = await look(SOUND, codes={key.partition(" ")[0]: code for key in SOUND})
    for fact in FACTS:
        assert (seen[fact].status, bool(seen[fact].reason)) == ("unavailable", True)


async def test_a_certificate_authority_that_is_not_named_is_not_allowed(look):
    assert (await look(SOUND, issuers=["other-ca.test"])).value("dns.caa_allows_issuer") is False
    assert (await look(SOUND, issuers=[])).value("dns.caa_allows_issuer") is None


async def test_the_closest_caa_set_counts(look):
    seen = await look(SOUND | {"api.example.test CAA": ['0 issue ";"']})
    assert seen.value("dns.caa_allows_issuer") is False


async def test_an_unsigned_delegation_is_no_dnssec_though_its_absence_is_authentic(look):
    zone = {key: value for key, value in SOUND.items() if not key.endswith(" DS")}
    assert (await look(zone, authentic=("example.test DS",))).value("dns.dnssec") is False
    assert (await look(zone, authentic=("example.test SOA",))).value("dns.dnssec") is True


async def test_a_mail_domain_that_is_not_declared_is_unknown(look):
    seen = await look(SOUND, mail_domain=None)
    assert seen["dns.spf"].reason == "the target file names no mail_domain"


async def test_a_subdomain_inherits_the_policy_meant_for_subdomains(look):
    zone = SOUND | {
        "_dmarc.example.test TXT": ['"v=DMARC1; p=reject; sp=none"'],
        "mail.example.test A": ["192.0.2.9"],
    }
    seen = await look(zone, mail_domain="mail.example.test")
    assert seen.value("dns.dmarc") is True
    assert seen.value("dns.dmarc_enforced") is False


async def test_an_address_has_no_name_to_look_at(observe, target_of, name_server):
    seen = await observe(dns, target_of("https://127.0.0.1:8443", resolvers=[name_server(SOUND)], issuers=["ca.test"]))
    for fact in ("dns.resolvers_agree", "dns.name_servers", "dns.dangling", "dns.caa_allows_issuer", "dns.dnssec"):
        assert seen[fact].reason == "production is an IP address"


@pytest.mark.parametrize(
    ("records", "restricts"),
    [
        (["v=spf1 -all"], True),
        (["V=SPF1 mx ~all", "other"], True),
        (["v=spf1 redirect=_spf.example.test"], True),
        (["v=spf1"], True),
        (["v=spf1 +all"], False),
        (["v=spf1 mx all"], False),
        (["v=spf1 -all", "v=spf1 mx -all"], False),
        (["v=spf10 -all"], False),
        (["spf2.0/pra -all"], False),
        ([], False),
    ],
)
def test_spf_is_one_record_that_restricts(records, restricts):
    assert spf_restricts(records) is restricts


@pytest.mark.parametrize(
    ("record", "policy"),
    [
        ("v=DMARC1; p=quarantine", ("quarantine", True)),
        ("v=DMARC1;P=Reject;", ("reject", True)),
        ("v=DMARC1; p=reject; pct=0", ("reject", False)),
        ("v=DMARC1; rua=mailto:a@b.test", ("", True)),
        ("v=DMARC1; p=maybe", ("", True)),
    ],
)
def test_a_dmarc_policy_is_read(record, policy):
    assert dmarc_policy([record]) == policy


def test_two_dmarc_records_are_none():
    assert dmarc_policy(["v=DMARC1; p=reject", "v=DMARC1; p=reject"]) == ("", False)


def test_issuers_are_read_without_their_parameters():
    records = ['0 issue "CA.test; a=b"', '0 issue ";"', '0 issuewild "wild.test"', '0 iodef "mailto:a@b.test"', "junk"]
    assert issuers(records) == {"ca.test"}


@given(st.lists(st.text(max_size=60), max_size=4))
def test_whatever_a_zone_says_is_read_without_a_crash(records):
    spf_restricts(records)
    dmarc_policy(records)
    issuers(records)


def test_an_alias_without_an_address_leads_nowhere():
    answer = Answer(name="a", type="A", server="s", code="NOERROR", chain=("b",), observed_at=datetime.now(UTC))
    assert leads_to([answer]) == set()
