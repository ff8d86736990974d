"""Load tests: what the last ones came to, with users who think and with requests that arrive at a constant rate."""

from datetime import timedelta

from readiness.evidence import Fact
from readiness.probes import supplied

_MONTH = timedelta(days=30)

load_tests = supplied(
    Fact("load_tests.users", "number", "Virtual users at the same time.", "users", _MONTH),
    Fact("load_tests.minutes", "number", "How long the test with users took.", "min", _MONTH),
    Fact("load_tests.completed", "number", "Requests that were completed in it.", "requests", _MONTH),
    Fact("load_tests.error_pct", "number", "Requests that failed in it.", "%", _MONTH),
    Fact("load_tests.p99_ms", "number", "99th percentile of the time that a request took in it.", "ms", _MONTH),
    Fact("load_tests.think_s", "number", "Time that a user thinks in one round, on average.", "s", _MONTH),
    Fact("load_tests.passed", "boolean", "The test with users held all of its own thresholds.", "", _MONTH),
    Fact(
        "load_tests.generator_cpu_pct",
        "number",
        "Processor time of the load generator at most; one that is busy measures itself.",
        "%",
        _MONTH,
        attestable=True,
    ),
    Fact(
        "load_tests.rate", "number", "Requests a second that were to arrive at a constant rate.", "requests/s", _MONTH
    ),
    Fact("load_tests.rate_minutes", "number", "How long the test with that rate took.", "min", _MONTH),
    Fact("load_tests.rate_achieved_pct", "number", "Requests of that rate that were carried out.", "%", _MONTH),
    Fact("load_tests.rate_error_pct", "number", "Requests that failed at that rate.", "%", _MONTH),
    Fact("load_tests.rate_p99_ms", "number", "99th percentile of the time that a request took then.", "ms", _MONTH),
)
