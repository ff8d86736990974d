"""Unit tests: what the pipeline's last run of them came to."""

from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.sources.repository import WEEK

unit = supplied(
    Fact("unit.coverage_pct", "number", "Lines that the unit tests reach, over all files.", "%", WEEK),
    Fact("unit.tests", "number", "Unit tests that were run.", "tests", WEEK),
    Fact(
        "unit.failed", "number", "Unit tests that failed, suites that could not be collected included.", "tests", WEEK
    ),
    Fact("unit.skipped_pct", "number", "Unit tests that were skipped.", "%", WEEK),
    Fact("unit.empty_suites", "number", "Declared suites of unit tests in which no test was run.", "suites", WEEK),
    Fact("unit.at_head", "boolean", "They were run on the commit at the head of the branch.", "", WEEK),
)
