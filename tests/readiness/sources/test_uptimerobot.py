"""UptimeRobot: monitors of the health route alone count, and a paused one watches nothing."""

import pytest

MONITOR = {
    "type": "HTTP",
    "interval": 60,
    "sslBrand": None,
    "sslExpiryDateTime": 1798761600,
    "domainExpireDate": 1798761600,
    "checkSSLErrors": True,
    "sslExpirationReminder": True,
    "domainExpirationReminder": True,
    "followRedirections": True,
    "authType": None,
    "customHttpHeaders": None,
    "httpMethodType": "GET",
    "successHttpResponseCodes": ["2xx"],
    "timeout": 30,
    "postValueData": "{}",
    "postValueType": "RAW_JSON",
    "port": None,
    "gracePeriod": 0,
    "keywordValue": None,
    "keywordCaseType": 0,
    "keywordType": None,
    "responseTimeThreshold": 0,
    "config": {},
    "regionalData": {"REGION": ["eu"]},
    "maintenanceWindows": [],
    "psps": [],
    "id": 7,
    "friendlyName": "API",
    "status": "UP",
    "url": "http://127.0.0.1:9/health",
    "currentStateDuration": 100,
    "lastIncidentId": None,
    "userId": 1,
    "tags": [],
    "assignedAlertContacts": [{"alertContactId": 1, "threshold": 0, "recurrence": 0}],
    "lastDayUptimes": {"bucketSize": 3600, "histogram": []},
    "createDateTime": 1767225600,
    "apiKey": "m7-0",
}
STATS = {"uptime": 99.95, "total_downtime_seconds": 1296, "incident_count": 1, "mtbf": None, "from": "a", "to": "b"}


@pytest.fixture
def look(vendor, told, token):
    async def ask(*monitors, spec="uptimerobot.json", **answers):
        page = {"nextLink": None, "data": list(monitors)}
        whole = {"GET /monitors": page, "GET /monitors/7/stats/uptime": STATS, **answers}
        scenario, base = vendor(whole, spec)
        seen = await told("uptime", {"uptimerobot": {"token": token, "base": base}})
        return seen, scenario

    return ask


async def test_a_monitor_of_the_health_route_is_read_with_its_contacts_and_its_uptime(look):
    seen, scenario = await look(MONITOR)
    facts = ("uptime.monitors", "uptime.interval_s", "uptime.contacts", "uptime.ratio_30d_pct")
    assert [seen.value(fact) for fact in facts] == [1, 60, 1, 99.95]
    assert scenario.headers[0]["authorization"] == "Bearer credential-of-a-vendor"
    assert "credential-of-a-vendor" not in str(seen.survey.exchanges)
    window = "from=2026-01-31T09%3A00%3A00%2B00%3A00&to=2026-03-02T09%3A00%3A00%2B00%3A00"
    assert scenario.asked[1] == f"GET /monitors/7/stats/uptime?{window}"


@pytest.mark.parametrize(
    "other",
    [{"url": "http://127.0.0.1:9/"}, {"url": "http://127.0.0.1.example.test/health"}, {"status": "PAUSED"}],
    ids=["another path", "another host", "paused"],
)
async def test_a_monitor_that_does_not_watch_the_health_route_does_not_count(look, other):
    seen, _ = await look(MONITOR | other)
    assert seen.value("uptime.monitors") == 0
    assert seen["uptime.interval_s"].reason == "no active monitor watches the production host and health route"


async def test_the_listing_is_read_to_its_end(look, vendor, told, token):
    first = {"nextLink": "", "data": []}
    answers = {"GET /monitors": [first, {"nextLink": None, "data": [MONITOR]}], "GET /monitors/7/stats/uptime": STATS}
    scenario, base = vendor(answers)
    first["nextLink"] = f"{base}/monitors?cursor=2"
    seen = await told("uptime", {"uptimerobot": {"token": token, "base": base}})
    assert seen.value("uptime.monitors") == 1
    assert scenario.asked[1] == "GET /monitors?cursor=2"


async def test_a_refused_credential_names_what_is_missing(look):
    seen, _ = await look(spec="", **{"GET /monitors": (401, {"message": "no"})})
    assert seen["uptime.monitors"].status == "unavailable"
    assert seen["uptime.monitors"].permission == "sources.uptimerobot: a credential that is valid"


async def test_without_a_source_the_ways_to_tell_are_named(told):
    seen = await told("uptime", {})
    assert "sources.uptimerobot" in seen["uptime.monitors"].permission
    assert seen["uptime.outside"].permission == "an attestation of uptime.outside"
