"""RDAP: the registry that IANA's list names is asked for the end of the registration and its locks."""

import pytest

LOCKED = {
    "objectClassName": "domain",
    "ldhName": "shop.example",
    "status": ["active", "client transfer prohibited"],
    "events": [
        {"eventAction": "registration", "eventDate": "2020-03-02T09:00:00Z"},
        {"eventAction": "expiration", "eventDate": "2026-04-11T10:00:00Z"},
    ],
}
PRODUCTION = "http://api.shop.example:9"


@pytest.fixture
def look(vendor, told):
    async def ask(answers, production=PRODUCTION, **keys):
        scenario, base = vendor(answers)
        seen = await told("domain", {"rdap": {"base": base}}, production=production, **keys)
        return seen, scenario

    return ask


async def test_the_end_of_the_registration_and_its_lock_are_read(look):
    seen, scenario = await look({"GET /domain/shop.example": LOCKED})
    assert (seen.value("domain.days_left"), seen.value("domain.transfer_locked")) == (40, True)
    assert scenario.asked == ["GET /domain/api.shop.example", "GET /domain/shop.example"]


async def test_a_zone_that_is_declared_is_asked_for_at_once(look):
    seen, scenario = await look(
        {"GET /domain/shop.example": LOCKED}, production="http://127.0.0.1:9", zone="shop.example"
    )
    assert seen.value("domain.days_left") == 40
    assert scenario.asked == ["GET /domain/shop.example"]


async def test_a_domain_that_ends_soon_and_may_be_carried_away_is_seen(look):
    events = [{"eventAction": "expiration", "eventDate": "2026-03-01T09:00:00"}]
    seen, _ = await look({"GET /domain/shop.example": LOCKED | {"status": ["active"], "events": events}})
    assert (seen.value("domain.days_left"), seen.value("domain.transfer_locked")) == (-1, False)


async def test_what_the_registry_does_not_publish_is_unknown(look):
    seen, _ = await look({"GET /domain/shop.example": {"ldhName": "shop.example"}})
    assert seen["domain.days_left"].reason == "the registry publishes no end of the registration of shop.example"
    assert seen["domain.transfer_locked"].reason == "the registry publishes no status of shop.example"


async def test_a_name_that_nobody_registered_is_a_reason(look):
    seen, _ = await look({})
    assert seen["domain.days_left"].reason == "the registry knows no domain shop.example"


async def test_an_address_is_no_domain(look):
    seen, scenario = await look({}, production="http://127.0.0.1:9")
    assert seen["domain.days_left"].reason == "production's host 127.0.0.1 is no domain"
    assert scenario.asked == []


async def test_the_registry_is_found_in_the_list_of_iana(vendor, told):
    registry, address = vendor({"GET /domain/shop.example": LOCKED})
    services = [[["test"], ["https://rdap.test/"]], [["example"], [f"{address}/"]]]
    _, bootstrap = vendor({"GET /dns.json": {"services": services}})
    seen = await told("domain", {"rdap": {"bootstrap": bootstrap, "domain": "shop.example"}})
    assert seen.value("domain.days_left") == 40
    assert registry.asked == ["GET /domain/shop.example"]


async def test_a_top_level_domain_without_a_service_is_a_reason(vendor, told):
    _, bootstrap = vendor({"GET /dns.json": {"services": []}})
    seen = await told("domain", {"rdap": {"bootstrap": bootstrap, "domain": "shop.example"}})
    assert seen["domain.days_left"].reason == "IANA's list names no RDAP service of .example"


@pytest.mark.parametrize("answer", [(429, {}), (500, {}), "<html>"])
async def test_a_registry_that_does_not_answer_is_a_reason(look, answer):
    seen, _ = await look({"GET /domain/api.shop.example": answer})
    assert seen["domain.days_left"].status == "unavailable"
