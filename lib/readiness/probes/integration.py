"""Integration tests: what the pipeline's last run of them came to."""

from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.sources.repository import WEEK

integration = supplied(
    Fact("integration.coverage_pct", "number", "Lines that the integration tests reach by themselves.", "%", WEEK),
    Fact("integration.tests", "number", "Integration tests that were run.", "tests", WEEK),
    Fact("integration.failed", "number", "Integration tests that failed.", "tests", WEEK),
    Fact("integration.at_head", "boolean", "They were run on the commit at the head of the branch.", "", WEEK),
)
