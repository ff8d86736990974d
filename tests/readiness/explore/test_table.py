"""Tables: sorted and searched without a network, and nothing foreign in them is markup."""

import pandas as pd
from readiness.explore.frames import answered, asked, evidence, exchanges, requirements
from readiness.explore.table import Table

from .conftest import HOSTILE


def test_foreign_texts_stay_texts():
    told = Table(pd.DataFrame({"a": [HOSTILE, "left\u202eright"], "n": [1.5, None]}), "two")._repr_html_()
    assert "<img" not in told and "&lt;img" in told
    assert "\u202e" not in told and "202e" in told
    assert "nan" not in told.lower() and "two" in told


def test_no_row_is_left_out():
    rows = pd.DataFrame({"digest": [f"{number:040d}" for number in range(5_000)]})
    assert f"{4_999:040d}" in Table(rows)._repr_html_()


def test_every_requirement_of_the_stage_is_a_row_with_its_points(publish, desk):
    publish(0)
    run = desk(stage="beta").opened
    rows = requirements(run)
    scores = run.assessment.decision["beta"]
    assert len(rows) == (run.assessment.findings["stage"] == "beta").sum()
    assert abs(rows["points"].sum() - scores["floor"]) < 0.5  # each is rounded
    assert abs(rows["of"].sum() - 100) < 0.5
    assert set(rows.loc[rows["mandatory"] != "", "id"]) == set(run.gates.gates["beta"].mandatory)


def test_every_fact_is_a_row_with_its_value_or_why_there_is_none(publish, desk):
    publish(0)
    run = desk().opened
    rows = evidence(run).set_index("fact")
    assert rows.loc["health.latency_ms", ["value", "status", "at"]].to_list() == ["40 ms", "observed", "09:00:00"]
    assert rows.loc["health.latency_ms", "digest"] in set(exchanges(run)["digest"])
    assert rows.loc["dns.spf", "value"] == "" and rows.loc["dns.spf", "why not"].startswith("no answer")


def test_an_exchange_is_told_on_one_line_whatever_its_kind():
    http = {"kind": "http", "method": "GET", "url": "https://a.test/", "status": 503}
    dns = {"kind": "dns", "type": "MX", "name": "a.test", "code": None, "failure": "timed out"}
    tls = {"kind": "tls", "host": "a.test", "port": 443, "version": "TLSv1.3"}
    assert [asked(one) for one in (http, dns, tls)] == ["GET https://a.test/", "DNS MX a.test", "TLS a.test:443"]
    assert [answered(one) for one in (http, dns, tls)] == ["503", "timed out", "TLSv1.3"]
    assert asked({"kind": "statement", "source": "SELECT 1"}) == "SELECT 1"
