"""Quickstarts: whether the first steps with each SDK work against staging, as the pipeline tries them."""

from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.sources.repository import WEEK

quickstarts = supplied(
    Fact("quickstarts.passed", "number", "Tests of the JavaScript SDK's quickstart that passed.", "tests", WEEK),
    Fact("quickstarts.failed", "number", "Tests of the JavaScript SDK's quickstart that failed.", "tests", WEEK),
    Fact("quickstarts.other_passed", "number", "SDKs of Python, Go and Ruby whose quickstart passed.", "SDKs", WEEK),
)
