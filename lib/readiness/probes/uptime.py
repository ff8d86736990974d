"""Uptime: who watches the health route from outside, and what was measured."""

from readiness.evidence import Fact
from readiness.probes import supplied

uptime = supplied(
    Fact("uptime.monitors", "number", "Active monitors of the production host and health route.", "monitors"),
    Fact("uptime.interval_s", "number", "How often the quickest of them looks.", "s"),
    Fact("uptime.contacts", "number", "People or channels that they alert.", "contacts"),
    Fact("uptime.ratio_30d_pct", "number", "Share of the last 30 days that the platform was up, as measured.", "%"),
    Fact("uptime.outside", "boolean", "The monitor runs outside the platform's own cloud.", attestable=True),
)
