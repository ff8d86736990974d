"""DNS: the names lead where they should, for everyone, and nobody else can speak for them."""

import asyncio
import ipaddress
import re
from collections.abc import AsyncIterator, Iterable
from itertools import combinations
from urllib.parse import urlsplit

from readiness.evidence import Fact
from readiness.probes import Context, Observation, observed, probe, unavailable
from readiness.wire.exchange import Answer

_CONCLUSIVE = ("NOERROR", "NXDOMAIN")
_POLICIES = ("none", "quarantine", "reject")


@probe(
    Fact("dns.resolvers_agree", "boolean", "Every resolver leads to the same place for production and staging."),
    Fact("dns.name_servers", "number", "Name servers of the zone that resolve.", unit="servers"),
    Fact("dns.dangling", "number", "Aliases of the platform whose target does not exist.", unit="names"),
    Fact("dns.spf", "boolean", "One SPF record says who may send mail, and not just anyone (RFC 7208)."),
    Fact("dns.dmarc", "boolean", "A DMARC policy is published (RFC 7489)."),
    Fact("dns.dmarc_enforced", "boolean", "The DMARC policy has forged mail quarantined or rejected."),
    Fact("dns.caa_allows_issuer", "boolean", "CAA records name the certificate authority in use (RFC 8659)."),
    Fact("dns.dnssec", "boolean", "The zone is signed (RFC 4035)."),
    deadline=90,
)
async def dns(context: Context) -> AsyncIterator[Observation]:
    """Ask all resolvers; a question counts as answered by the first whose answer is conclusive."""
    target = context.target
    zone, found_zone = await _zone(context)
    yield await _agreement(context)
    yield await _name_servers(context, zone, found_zone)
    yield await _dangling(context, zone)
    if target.mail_domain is None:
        for fact in ("dns.spf", "dns.dmarc", "dns.dmarc_enforced"):
            yield unavailable(fact, "the target file names no mail_domain")
    else:
        yield await _spf(context, target.mail_domain)
        for observation in await _dmarc(context, target.mail_domain):
            yield observation
    yield await _caa(context)
    yield await _dnssec(context, zone, found_zone)


# --- asking ---------------------------------------------------------------------------------------------------------


async def _all(context: Context, name: str, kind: str) -> list[Answer]:
    client = context.client
    return list(await asyncio.gather(*(client.lookup(name, kind, server) for server in client.resolvers)))


async def _ask(context: Context, name: str, kind: str) -> Answer:
    """The first conclusive answer, else the first."""
    answers = await _all(context, name, kind)
    return next((answer for answer in answers if _conclusive(answer)), answers[0])


def _conclusive(answer: Answer) -> bool:
    return not answer.failure and answer.code in _CONCLUSIVE


def _why(answer: Answer) -> str:
    return answer.failure or f"{answer.code} for {answer.type} {answer.name} from {answer.server}"


def _is_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.strip(".")
    return False


def _climb(name: str) -> list[str]:
    """The name and its parents, a top-level domain excluded: its policy is not the platform's."""
    labels = name.rstrip(".").split(".")
    return [".".join(labels[at:]) for at in range(len(labels) - 1)]


def _hosts(context: Context) -> list[str]:
    urls = (context.target.production, context.target.staging)
    return list(dict.fromkeys(host for url in urls if url and _is_name(host := str(urlsplit(url).hostname))))


def _no_name(context: Context) -> str:
    host = context.target.host
    local = re.fullmatch(r"[a-z0-9-]+", host)
    return f"production's host {host} is no name in the DNS" if local else "production is an IP address"


# --- the zone -------------------------------------------------------------------------------------------------------


async def _zone(context: Context) -> tuple[str, Answer | None]:
    """The declared zone, or the closest name above production that has name servers; with the answer that says so."""
    declared, host = context.target.zone, context.target.host
    if not declared and not _is_name(host):
        return "", None
    answer = None
    for name in [declared] if declared else _climb(host):
        answer = await _ask(context, name, "NS")
        if not _conclusive(answer):
            return "", answer
        if answer.records and not answer.chain:  # name servers at the end of an alias are another zone's
            return name, answer
    return "", answer


async def _name_servers(context: Context, zone: str, found: Answer | None) -> Observation:
    fact = "dns.name_servers"
    if found is None:
        return unavailable(fact, _no_name(context))
    if not zone:
        if _conclusive(found) and context.target.zone:
            return observed(fact, 0, found)
        return unavailable(fact, "no zone was found" if _conclusive(found) else _why(found), found)
    answers: list[Answer] = [found]
    count = 0
    for server in sorted({record.lower() for record in found.records})[:16]:
        pair = await asyncio.gather(_ask(context, server, "A"), _ask(context, server, "AAAA"))
        answers += pair
        if any(answer.records for answer in pair):
            count += 1
        elif unclear := [answer for answer in pair if not _conclusive(answer)]:
            return unavailable(fact, _why(unclear[0]), *unclear)
    return observed(fact, count, *answers)


async def _dnssec(context: Context, zone: str, found: Answer | None) -> Observation:
    fact = "dns.dnssec"
    if found is None:
        return unavailable(fact, _no_name(context))
    if not zone:
        return unavailable(fact, "no zone was found" if _conclusive(found) else _why(found), found)
    # not the AD flag of the DS answer: a signed parent proves the absence of a DS authentically as well
    signed = [answer for answer in await _all(context, zone, "SOA") if answer.authentic and answer.records]
    if signed:
        return observed(fact, True, *signed)
    delegation = await _ask(context, zone, "DS")
    if not _conclusive(delegation):
        return unavailable(fact, _why(delegation), delegation)
    return observed(fact, bool(delegation.records), delegation)


# --- where names lead -----------------------------------------------------------------------------------------------


async def _agreement(context: Context) -> Observation:
    fact, hosts, cited = "dns.resolvers_agree", _hosts(context), []
    if not hosts:
        return unavailable(fact, _no_name(context))
    agree = True
    for host in hosts:
        pairs = list(zip(*[await _all(context, host, kind) for kind in ("A", "AAAA")], strict=True))
        whole = [pair for pair in pairs if all(_conclusive(answer) for answer in pair)]
        cited += [answer for pair in pairs for answer in pair]
        if len(whole) < 2:
            unclear = next((answer for pair in pairs for answer in pair if not _conclusive(answer)), None)
            reason = _why(unclear) if unclear else "the target file names one alone"
            return unavailable(fact, f"{len(whole)} of {len(pairs)} resolvers answered: {reason}", *cited)
        views = [leads_to(pair) for pair in whole]
        if not any(views):
            return unavailable(fact, f"{host} does not exist for any resolver", *cited)
        # large platforms answer with changing parts of one pool, so sets that overlap are the same place
        agree = agree and all(one & other for one, other in combinations(views, 2))
    return observed(fact, agree, *cited)


def leads_to(answers: Iterable[Answer]) -> set[str]:
    """Where one resolver's A and AAAA answers lead: the addresses and the last alias; empty for a name that is not."""
    answers = list(answers)
    if any(answer.code == "NXDOMAIN" for answer in answers):
        return set()
    addresses = {record for answer in answers for record in answer.records}
    return addresses | {answer.chain[-1] for answer in answers if answer.chain} if addresses else set()


async def _dangling(context: Context, zone: str) -> Observation:
    fact, target = "dns.dangling", context.target
    origin = str(urlsplit(target.origin).hostname) if target.origin else ""
    wanted = [*_hosts(context), origin, *target.names, f"www.{zone}" if zone else ""]
    names = [name for name in dict.fromkeys(wanted) if _is_name(name)]
    if not names:
        return unavailable(fact, _no_name(context))
    answers = list(await asyncio.gather(*(_ask(context, name, "A") for name in names)))
    unclear = [answer for answer in answers if not _conclusive(answer)]
    dangling, looked_at = 0, [answer for answer in answers if _conclusive(answer)]
    for answer in list(looked_at):
        if not answer.chain or answer.records:
            continue
        end = answer
        if answer.code != "NXDOMAIN":  # an authoritative server says nothing of the end of an alias out of its zone
            end = await _ask(context, answer.chain[-1], "A")
            (looked_at if _conclusive(end) else unclear).append(end)
        dangling += end.code == "NXDOMAIN"
    if unclear and not dangling:
        return unavailable(fact, _why(unclear[0]), *unclear)
    if not any(answer.code == "NOERROR" for answer in looked_at) and not dangling:
        return unavailable(fact, f"none of {', '.join(names)[:200]} exists", *looked_at)
    return observed(fact, dangling, *looked_at)


# --- mail -----------------------------------------------------------------------------------------------------------


async def _spf(context: Context, domain: str) -> Observation:
    answer = await _ask(context, domain, "TXT")
    if not _conclusive(answer):
        return unavailable("dns.spf", _why(answer), answer)
    return observed("dns.spf", spf_restricts(answer.records), answer)


def spf_restricts(records: Iterable[str]) -> bool:
    """Whether there is exactly one SPF record (RFC 7208, 4.5) and it does not end in letting anyone send."""
    found = [record.lower().split() for record in records if re.match(r"v=spf1( |$)", record, re.IGNORECASE)]
    return len(found) == 1 and next((term for term in found[0] if re.fullmatch(r"[-+~?]?all", term)), "") not in (
        "all",
        "+all",
    )


async def _dmarc(context: Context, domain: str) -> list[Observation]:
    """Look at the domain, then above: a subdomain inherits its organisation's policy (RFC 7489, 6.6.3)."""
    cited = []
    for name in _climb(domain) or [domain]:
        answer = await _ask(context, f"_dmarc.{name}", "TXT")
        cited.append(answer)
        if not _conclusive(answer):
            return [unavailable(fact, _why(answer), *cited) for fact in ("dns.dmarc", "dns.dmarc_enforced")]
        found = [record for record in answer.records if re.match(r"v\s*=\s*DMARC1\s*(;|$)", record)]
        if found:
            policy, whole = dmarc_policy(found, inherited=name != domain)
            enforced = whole and policy in ("quarantine", "reject")
            return [
                observed("dns.dmarc", bool(policy), *cited),
                observed("dns.dmarc_enforced", enforced, *cited),
            ]
    return [observed(fact, False, *cited) for fact in ("dns.dmarc", "dns.dmarc_enforced")]


def dmarc_policy(records: list[str], *, inherited: bool = False) -> tuple[str, bool]:
    """Read DMARC records (RFC 7489, 6.3).

    Args:
        records: All records of one name that begin with `v=DMARC1`; more than one is as good as none (6.6.3).
        inherited: They are the parent domain's, whose `sp` goes before its `p`.

    Returns:
        The policy, empty where there is no valid one, and whether it is meant to be carried out at all
        (`pct=0` and `t=y` say that it is not).
    """
    if len(records) != 1:
        return "", False
    tags: dict[str, str] = {}
    for part in records[0].split(";"):
        name, _, value = part.partition("=")
        tags.setdefault(name.strip().lower(), value.strip().lower())
    policy = tags.get("p", "")
    if inherited and policy in _POLICIES:
        policy = tags.get("sp", policy)
    return policy if policy in _POLICIES else "", tags.get("pct") != "0" and tags.get("t") != "y"


# --- certificate authorities ----------------------------------------------------------------------------------------


async def _caa(context: Context) -> Observation:
    fact, target, cited = "dns.caa_allows_issuer", context.target, []
    if not _is_name(target.host):
        return unavailable(fact, _no_name(context))
    if not target.issuers:
        return unavailable(fact, "the target file names no issuers")
    for name in _climb(target.host):
        answer = await _ask(context, name, "CAA")
        cited.append(answer)
        if not _conclusive(answer):
            return unavailable(fact, _why(answer), *cited)
        if answer.records:
            allowed = issuers(answer.records)
            return observed(fact, any(issuer.strip().lower() in allowed for issuer in target.issuers), *cited)
    return observed(fact, False, *cited)


def issuers(records: Iterable[str]) -> set[str]:
    """Domain names of the certificate authorities that a CAA record set lets issue (RFC 8659, 4.2)."""
    found = (re.fullmatch(r'\d+\s+issue\s+"([^;"]*)(;.*)?"', record, re.IGNORECASE) for record in records)
    return {match[1].strip().lower() for match in found if match} - {""}
