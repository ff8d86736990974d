"""Prometheus textfile: gauges for the node exporter's textfile collector, text exposition format 0.0.4."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from readiness.decision import Verdict
from readiness.export.results import Results
from readiness.judge import STATUSES
from readiness.stage import STAGES

NAME = "readiness.prom"
VERDICTS: tuple[Verdict, ...] = ("go", "no-go", "undetermined")


def text(results: Results) -> str:
    """Score and categories of every stage, verdict as a state set, findings counted, and the times to alert on."""
    return "".join(f"{row}\n" for row in _rows(results))


def _rows(results: Results) -> Iterator[str]:
    target = {"target": results.target}
    observed = [(target, results.observed_until.timestamp())]
    yield from _gauge("observed_timestamp_seconds", "Time of the latest observation, Unix time.", observed)
    for side, words in (
        ("floor", "Points that are proven, of 100."),
        ("ceiling", "Points if all that is unknown were met, of 100."),
        ("minimum", "Points that the gate demands, of 100."),
    ):
        totals = [({**target, "stage": stage}, results.decision[stage][side]) for stage in STAGES]
        yield from _gauge(f"score_{side}_points", words, totals)
    for side, words in (
        ("floor", "Points of a category that are proven."),
        ("ceiling", "Points of a category if all that is unknown were met."),
        ("required", "Points of a category that the gate demands."),
    ):
        points = [
            ({**target, "stage": stage, "dimension": item["dimension"]}, item[side])
            for stage in STAGES
            for item in results.decision[stage]["categories"]
        ]
        yield from _gauge(f"category_{side}_points", words, points)
    verdicts = [
        ({**target, "stage": stage, "verdict": verdict}, float(results.decision[stage]["verdict"] == verdict))
        for stage in STAGES
        for verdict in VERDICTS
    ]
    yield from _gauge("verdict", "The decision: 1 for the verdict that holds, 0 for the others.", verdicts)
    counts = [
        ({**target, "stage": stage, "dimension": dimension, "status": status}, float(number[dimension, status]))
        for stage in STAGES
        for number in [Counter((item.dimension, item.status) for item in results.of_stage(stage))]
        for dimension in dict.fromkeys(dimension for dimension, _ in number)
        for status in STATUSES
    ]
    yield from _gauge("requirements", "Requirements by status.", counts)


def _gauge(name: str, words: str, samples: Iterable[tuple[Mapping[str, Any], float]]) -> Iterator[str]:
    yield f"# HELP readiness_{name} {words}"
    yield f"# TYPE readiness_{name} gauge"
    for labels, value in samples:
        given = ",".join(f'{key}="{_label(value)}"' for key, value in labels.items())
        yield f"readiness_{name}{{{given}}} {value!r}"


def _label(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
