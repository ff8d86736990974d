"""The generator's own health: whether it may have shaped what it measured. A result that it may have is void."""

from dataclasses import dataclass
from typing import Any

from readiness.load.plan import Plan
from readiness.load.recording import OWN_LIMIT, Recording

LATE_MS = 5.0
"""Lateness that is the timer's and the kernel's; a generator that keeps up wakes within one."""
LATE_SHARE = 0.1
"""Of the median, how much may be the generator's own lateness. Not of p99: where the platform stalls, that is so long
that lateness of its tenth would shift the percentiles below it."""
ACHIEVED_PCT = 99.0
"""Of the requests that were due, how many have to be sent."""
CPU_PCT = 95.0
"""Of one core, mean: beyond it requests wait for each other within the generator."""
_SHARES = {"p50": 50, "p99": 99, "max": 100}


@dataclass(frozen=True)
class Health:
    """How the generator did.

    Attributes:
        figures: As in a load record under `generator`.
        void: Why it may have shaped the result, a sentence each; empty where it did not.
    """

    figures: dict[str, Any]
    void: list[str]


def health(recording: Recording, plan: Plan, p50_ms: float, partial: bool = False) -> Health:
    """Judge the generator by what it recorded of itself.

    Args:
        recording: What was measured.
        plan: What was to be done.
        p50_ms: Median from the intended start, as measured.
        partial: The test ended early, so that less was due than planned.
    """
    late = {name: recording.late.get_value_at_percentile(share) / 1000 for name, share in _SHARES.items()}
    lag = {name: recording.lag.get_value_at_percentile(share) / 1000 for name, share in _SHARES.items()}
    cpu = 100 * recording.cpu_s / recording.wall_s if recording.wall_s else 0.0
    due = max(recording.scheduled, _expected(plan)) if not partial else recording.scheduled
    achieved = 100 * recording.sent / due if due else 0.0
    allowed = max(LATE_MS, LATE_SHARE * p50_ms)
    dropped, own = (
        sum(count for (_, kind), count in recording.failed.items() if kind == name) for name in ("dropped", OWN_LIMIT)
    )
    void = []
    if late["p99"] > allowed:
        void.append(
            f"one request in a hundred was sent {late['p99']:.1f} ms late or later; {allowed:.1f} ms is allowed"
        )
    if lag["p99"] > allowed:
        void.append(f"the generator's loop woke {lag['p99']:.1f} ms late; {allowed:.1f} ms is allowed")
    if recording.scheduled and achieved < ACHIEVED_PCT and not dropped:
        void.append(f"{achieved:.1f} % of the requests that were due were sent; {ACHIEVED_PCT:g} % is needed")
    if dropped and recording.files < plan.most_rate * (plan.timeout_s + plan.think_s):
        void.append(f"{dropped} requests were dropped: {recording.files} open files are allowed, which is too few")
    if own:
        void.append(f"{own} requests were not sent: this machine had no open file or port left for them")
    if cpu > CPU_PCT:
        void.append(f"the generator used {cpu:.0f} % of a core; {CPU_PCT:g} % is allowed")
    figures = {
        "cpu_pct": round(cpu, 1),
        "late_ms": {name: round(value, 3) for name, value in late.items()},
        "lag_ms": {name: round(value, 3) for name, value in lag.items()},
        "files": recording.files,
        "memory_mib": round(recording.most_mib, 1),
        "achieved_pct": round(achieved, 2),
        "exact_timer": recording.exact,
        "held": not void,
    }
    return Health(figures, void)


def _expected(plan: Plan) -> int:
    """Requests that the plan's rate comes to, where that is known before: of one step, evenly spaced."""
    if plan.rate is None or len(plan.steps) > 1 or plan.poisson or plan.think_s:
        return 0
    start = plan.rate if plan.ramp_from is None else plan.ramp_from
    return int(plan.seconds * (start + plan.rate) / 2)
