"""The schedule: when a target is looked at, who starts it, and what a started job does.

`plan` says the times, `cron` and `systemd` put them where a machine starts jobs from, and `job` is what they start: one
run of a target at a time (`lock`), for what is due (`diary`).
"""

from readiness.schedule.plan import KINDS, Plan

__all__ = ["KINDS", "Plan"]
