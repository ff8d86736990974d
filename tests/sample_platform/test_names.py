import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest
from sample_platform import Addresses


@pytest.fixture(params=[dns.query.udp, dns.query.tcp], ids=["udp", "tcp"])
def ask(request, healthy: Addresses):
    def ask(name, kind, resolver=0):
        host, _, port = healthy.resolvers[resolver].partition(":")
        return request.param(dns.message.make_query(name, kind), host, port=int(port), timeout=2)

    return ask


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("api.sample.test", "A", "127.0.0.1"),
        ("API.Sample.Test", "A", "127.0.0.1"),
        ("sample.test", "NS", "ns2.sample.test."),
        ("sample.test", "TXT", '"v=spf1 ip4:127.0.0.1 mx -all"'),
        ("_dmarc.sample.test", "TXT", "p=reject"),
        ("sample.test", "CAA", '0 issue "sample-ca.test"'),
        ("www.sample.test", "A", "127.0.0.1"),
        ("sample.test", "MX", "10 mail.sample.test."),
        ("sample.test", "SOA", "ns1.sample.test."),
    ],
)
def test_both_name_servers_answer_with_authority(ask, name, kind, expected):
    for resolver in (0, 1):
        answer = ask(name, kind, resolver)
        assert answer.flags & dns.flags.AA
        assert expected in " ".join(item.to_text() for rrset in answer.answer for item in rrset)


def test_an_unknown_name_an_unknown_type_and_a_foreign_name_differ(ask):
    unknown = ask("gone.sample.test", "A")
    assert unknown.rcode() == dns.rcode.NXDOMAIN
    assert unknown.authority
    empty = ask("api.sample.test", "AAAA")
    assert (empty.rcode(), list(empty.answer)) == (dns.rcode.NOERROR, [])
    assert empty.authority
    assert ask("example.com", "A").rcode() == dns.rcode.REFUSED
