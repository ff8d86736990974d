"""Small catalogues, gates and evidence, built without files."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from readiness import probes
from readiness.catalog import DIMENSIONS, Catalogue, Chapter
from readiness.evidence import Evidence, Fact, frame
from readiness.gate import Gates
from readiness.probes import Probe
from readiness.stage import STAGES

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _requirement(name: str, keys: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "pass": "It is as it should be.",
        "fail": "It is not as it should be.",
        "stage": "alpha",
        "effort": 1,
        "evidence": ["probe"],
        "max_age": "24h",
        "rationale": "Because it matters.",
        "remedy": "Make it so, and keep it so.",
        "reference": "RFC 9116",
        **keys,
    }


@pytest.fixture
def catalogue_of() -> Callable[..., Catalogue]:
    """`catalogue_of({"security.cors": {"criteria": [...]}})` is a catalogue of those requirements."""

    def build(requirements: dict[str, dict[str, Any]]) -> Catalogue:
        chapters = []
        for dimension in DIMENSIONS:
            own = [(id_.partition(".")[2], keys) for id_, keys in requirements.items() if id_.startswith(dimension)]
            if own:
                written = [_requirement(name, keys) for name, keys in own]
                values = {"dimension": dimension, "title": dimension.capitalize(), "requirements": written}
                chapters.append(Chapter.model_validate(values))
        return Catalogue(chapters)

    return build


@pytest.fixture
def row() -> Callable[..., Evidence]:
    """`row("cors.allowed", 3)` is one observation; without a value it is unavailable."""

    def build(fact: str, value: Any = None, **keys: Any) -> Evidence:
        kind = "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
        unit = keys.pop("unit", "")
        age = keys.pop("max_age", timedelta(hours=24))
        default = {
            "target": "one",
            "status": "unavailable" if value is None else "observed",
            "observed_at": NOW,
            "reason": "the platform did not answer" if value is None else "",
            "source": "GET http://127.0.0.1/",
            "digest": "" if value is None else "0123456789abcdef",
        }
        return Evidence(fact=Fact(fact, kind, "A fact.", unit, age), value=value, **{**default, **keys})

    return build


@pytest.fixture
def evidence_of(row: Callable[..., Evidence]) -> Callable[..., pd.DataFrame]:
    """`evidence_of({"cors.allowed": 3}, target="two")` is an evidence frame, each row made with the same keys."""
    return lambda values, **keys: frame(row(fact, value, **keys) for fact, value in values.items())


@pytest.fixture
def gates_of() -> Callable[..., Gates]:
    """`gates_of({"security": (100, 60)}, minimum=50)`: one gate for every stage; other dimensions weigh nothing."""

    def build(categories: dict[str, tuple[float, float]], **keys: Any) -> Gates:
        credit = keys.pop("partial_credit", 0.5)
        per_stage = keys.pop("per_stage", {})
        points = {name: dict(zip(("weight", "required"), categories.get(name, (0, 0)))) for name in DIMENSIONS}  # noqa: B905
        gate = {"minimum": 50, "categories": points, **keys}
        gates = {stage: {**gate, **per_stage.get(stage, {})} for stage in STAGES}
        return Gates.model_validate({"partial_credit": credit, "gates": gates})

    return build


@pytest.fixture(scope="session")
def _object_store():
    """An S3 server on a free port, its bucket `runs`."""
    pytest.importorskip("flask", reason="moto's server needs flask")
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=address, **keys).create_bucket(Bucket="runs")
    yield address
    server.stop()


@pytest.fixture
def store(_object_store, tmp_path, monkeypatch):
    """The URL of an empty place in an object store, which the environment says how to reach."""
    for name, value in {
        "AWS_ENDPOINT_URL": _object_store,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return f"s3://runs/{tmp_path.name}"


GATE = """    minimum: 50
    categories:
""" + "".join(f"      {name}: {{weight: 10, required: 0}}\n" for name in DIMENSIONS)
CHAPTER = """dimension: {name}
title: {title}
requirements:
  - name: sound
    title: Sound
    pass: It is as it should be.
    fail: It is not as it should be.
    stage: alpha
    effort: 1
    evidence: [probe]
    max_age: 24h
    criteria:
      - {{fact: a.flag, is: true}}
      - {{fact: b.count, at_least: {{beta: 5}}}}
    rationale: Because it matters.
    remedy: Make it so, and keep it so.
    reference: RFC 9116
"""


@pytest.fixture
def params(tmp_path, monkeypatch):
    """A small, sound `params/`: one requirement a dimension on the facts a.flag and b.count, two targets."""

    async def nothing(context):
        return
        yield

    small = (
        Probe("a", (Fact("a.flag", "boolean", "A flag."),), nothing, 1.0, False),
        Probe("b", (Fact("b.count", "number", "A count."),), nothing, 1.0, False),
    )
    monkeypatch.setattr(probes, "discover", lambda: small)
    folder = tmp_path / "params"
    for name in ("catalog", "targets", "waivers", "baseline"):
        (folder / name).mkdir(parents=True)
    for name in DIMENSIONS:
        (folder / "catalog" / f"{name}.yaml").write_text(CHAPTER.format(name=name, title=name.capitalize()))
    gates = "".join(f"  {stage}:\n{GATE}    mandatory: [security.sound]\n" for stage in STAGES)
    (folder / "gates.yaml").write_text(f"partial_credit: 0.5\ngates:\n{gates}")
    for name in ("one", "two"):
        text = f"name: {name}\ntitle: {name}\nproduction: http://127.0.0.1\n"
        (folder / "targets" / f"{name}.yaml").write_text(text)
    (folder / "baseline" / "2025-01-01.yaml").write_text(
        "date: 2025-01-01\nsource: by hand\ntotals: {overall: 35}\ncategories: {security: 10}\n"
        "requirements:\n  security.sound: {status: met}\n  data.sound: {status: unmet, note: none yet}\n"
    )
    return folder
