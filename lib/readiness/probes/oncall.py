"""On-call: whether somebody can be woken at every hour, and who is behind them."""

from readiness.evidence import Fact
from readiness.probes import supplied

oncall = supplied(
    Fact("oncall.levels", "number", "Levels of the escalation policy that name somebody.", "levels"),
    Fact("oncall.gap_s", "number", "Time in the next 7 days without anybody at the first level.", "s"),
    Fact("oncall.gap_28d_s", "number", "Time in the next 28 days without anybody at the first level.", "s"),
    Fact("oncall.people", "number", "People at the first level in the next 28 days.", "people"),
    Fact("oncall.largest_share_pct", "number", "Share of the next 28 days that one of them has at most.", "%"),
    Fact("oncall.reached", "boolean", "The phone of each person on call was reached.", attestable=True),
)
