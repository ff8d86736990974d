"""Real servers on loopback, and a probe run against one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from readiness.lean import without_grammars
from readiness.probes import Probe
from readiness.survey import Survey, survey
from readiness.target import Target

from . import reach
from .servers import serving

without_grammars()  # else every worker builds them
# the same examples each time, and none is too slow for a machine that is busy
settings.register_profile("suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DEFECTS = Path(__file__).parent / "test_defects.py"


def pytest_configure(config: pytest.Config) -> None:
    """What is observed in any test is noted, see `reach`."""
    reach.install(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the defects, which take longest, between the other files: each worker has its share of them."""
    slow = [item for item in items if item.path == DEFECTS]
    others = [item for item in items if item.path != DEFECTS]
    if not slow or not others:
        return
    spread: list[pytest.Item] = []
    placed = 0
    for _, file in groupby(others, lambda item: item.path):
        spread += file
        due = (len(spread) - placed) * len(slow) // len(others)
        spread += slow[placed:due]
        placed = due
    items[:] = spread


@pytest.fixture
def now() -> datetime:
    """The time that tests take for now."""
    return NOW


@pytest.fixture(autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs note their test accounts: not in the home of whoever runs the tests."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("READINESS_STATE", str(folder))
    return folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The servers that all sample platforms of one worker stand on."""
    from sample_platform import services

    with services(tmp_path_factory.mktemp("services")) as running:
        yield running


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """`serve(app, **uvicorn_tls_options)` runs an ASGI app on a free port of 127.0.0.1 and returns its address."""
    with ExitStack() as stack:
        yield lambda app, **tls: stack.enter_context(serving(app, **tls))


@pytest.fixture
def target_of() -> Callable[..., Target]:
    """`target_of(address, **keys)` is a target as a file with those keys would give."""

    def build(address: str, **keys: Any) -> Target:
        values = {"name": "fake", "title": "Fake", "production": address, "pace": {"timeout": "6s", "spacing": "1s"}}
        return Target.model_validate({**values, **keys}, context={"folder": Path()})

    return build


class Observed(dict[str, Any]):
    """fact → its evidence row (a Series); `value(fact)` is the observed value or None."""

    survey: Survey

    def value(self, fact: str) -> Any:
        row = self[fact]
        if row.status != "observed":
            return None
        value = next(v for v in (row.number, row.boolean, row.text) if pd.notna(v))
        return value.item() if hasattr(value, "item") else value  # plain Python, so that `is True` holds


@pytest.fixture
def observe() -> Callable[..., Any]:
    """`await observe(probe, target)` runs one probe and returns `Observed`."""

    async def run(probe: Probe, target: Target, now: datetime = NOW) -> Observed:
        result = await survey(target, [probe], now=lambda: now)
        seen = Observed({row.fact: row for row in result.evidence.itertuples()})
        seen.survey = result
        return seen

    return run
