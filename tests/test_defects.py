"""The negative control: a named defect costs exactly the requirements that its table says, and health costs none."""

import importlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from readiness import probes
from readiness.answers import examination
from readiness.assessment import Assessment, Parameters, assess
from readiness.demo import target_text
from readiness.survey import survey
from sample_platform import DEFECTS, MATURITIES, Services, services, started

ROOT = Path(__file__).parent.parent
PARAMS = ROOT / "params"

MET_AT_ALPHA = {
    "infrastructure.production_environment",
    "infrastructure.tls",
    "infrastructure.dns",
    "infrastructure.environment_isolation",
    "security.xss_protection",
    "security.cors",
    "security.rate_limiting",
    "security.encryption_in_transit",
    "monitoring.health_checks",
    "experience.error_messages",
    "api.documentation",
    "api.versioning",
    "documentation.api",
}
MET_FROM_BETA = {"infrastructure.cdn", "documentation.security"}
WINDOW_S = 2


@dataclass
class Bench:
    """Two servers shared by many platforms, and what a healthy platform's assessment says."""

    shared: Services
    folder: Path
    healthy: Assessment | None = None


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("sample")
    with services(folder / "servers") as shared:
        yield Bench(shared, folder)


@pytest.fixture(autouse=True)
def one_examination_of_one_document(monkeypatch):
    """Most defects leave the OpenAPI document as it is but for its ports: it is examined once, not sixty times."""

    async def examine(body: bytes, declared: Collection[str]) -> dict[str, Any]:
        key = re.sub(rb":\d{4,5}\b", b"", body)
        if key not in EXAMINED:
            EXAMINED[key] = await examination.examine(body, declared)
        return EXAMINED[key]

    module = importlib.import_module("readiness.probes.openapi")
    monkeypatch.setattr(module, "examine", examine)


EXAMINED: dict[bytes, dict[str, Any]] = {}


async def assessed(bench: Bench, *defects: str) -> Assessment:
    state = bench.folder / (defects[0] if defects else "healthy")
    with started(defects, state, bench.shared, window_s=WINDOW_S) as sample:
        values = yaml.safe_load(target_text(PARAMS / "targets" / "sample.yaml", sample.addresses))
        values["pace"] |= {"spacing": "0.1s", "timeout": "4s"}
        for limit in values["limits"]:
            limit["window"] = f"{WINDOW_S}s"
        path = state / "target.yaml"
        path.write_text(yaml.safe_dump(values), encoding="utf-8")
        parameters = Parameters.load(path, PARAMS)
        result = await survey(parameters.target, probes.discover())
    assert "error" not in set(result.evidence["status"]), result.evidence.query("status == 'error'")["reason"].tolist()
    return assess(result.evidence, parameters, result.finished_at)


async def healthy(bench: Bench) -> Assessment:
    if bench.healthy is None:
        bench.healthy = await assessed(bench)
    return bench.healthy


def credits(assessment: Assessment) -> pd.DataFrame:
    return assessment.findings.set_index(["stage", "requirement"])[["floor", "ceiling", "status", "reason"]]


async def test_a_healthy_platform_raises_no_alarm(bench):
    assessment = await healthy(bench)
    found = credits(assessment)
    alarms = found[found["ceiling"] < 1]
    assert alarms.empty, alarms["reason"].to_dict()
    status = found["status"]
    for stage, names in (("alpha", MET_AT_ALPHA), ("beta", MET_FROM_BETA)):
        assert {name: found.loc[(stage, name), "reason"] for name in names if status[stage, name] != "met"} == {}
    unseen = assessment.evidence.query("status != 'observed'")
    assert unseen.empty, unseen[["fact", "reason"]].to_dict("records")


@pytest.mark.parametrize("name", DEFECTS)
async def test_a_defect_costs_exactly_what_its_table_says(bench, name):
    before, after = credits(await healthy(bench)), credits(await assessed(bench, name))
    lost = after["ceiling"] < before["ceiling"]
    turned = {requirement for _, requirement in after.index[lost]}
    assert turned == set(DEFECTS[name].requirements), after.loc[lost, "reason"].to_dict()
    met_before = before["status"] == "met"
    proven = {requirement for _, requirement in after.index[lost & met_before]}
    assert proven or name in FROM_BETA_ON, "no requirement went from met to something less"


FROM_BETA_ON = {"no-caa", "dmarc-none", "no-referrer-policy"}
"""What they break is demanded from beta on, where their requirement awaits more: it goes from unknown to partial."""


@cache
def proven_by() -> dict[str, set[str]]:
    """Probe → requirements that its facts decide."""
    catalogue = Parameters.load("sample", PARAMS).catalogue
    decided: dict[str, set[str]] = {}
    for requirement in catalogue:
        for fact in requirement.facts:
            decided.setdefault(fact.partition(".")[0], set()).add(requirement.id)
    return decided


@pytest.mark.parametrize("probe", [probe.name for probe in probes.discover()])
def test_every_probe_has_a_defect_that_its_requirement_notices(probe):
    turned = set().union(*(defect.requirements for defect in DEFECTS.values()))
    assert proven_by()[probe] & turned


@pytest.mark.parametrize(("maturity", "verdicts"), [("beta", {"undetermined"}), ("prototype", {"no-go"})])
async def test_a_maturity_has_the_verdict_that_its_defects_deserve(bench, maturity, verdicts):
    assessment = await (healthy(bench) if maturity == "beta" else assessed(bench, *MATURITIES[maturity]))
    assert assessment.decision["alpha"]["verdict"] in verdicts
    assert assessment.now.tzinfo is UTC
    assert assessment.now <= datetime.now(UTC)
