"""How the platform behaves in the second factor, lockouts, limits per operation, account and plan."""

from collections.abc import Callable
from dataclasses import dataclass


def as_sold(plan: str, requests: int) -> int:
    """Return the requests of a plan in one window: those that its customers pay for."""
    return requests


@dataclass(frozen=True)
class Factors:
    """Right by default; the plan fields take a plan's name and its requests, and return others."""

    factor_demanded: bool = True
    factor_steps: int = 1
    factor_codes_once: bool = True
    factor_recovery_once: bool = True
    factor_tries: int = 5
    factor_removal_proven: bool = True

    wrong_passwords: int = 10
    limits_missing: frozenset[str] = frozenset()

    plan_enforced: Callable[[str, int], int] = as_sold
    plan_advertised: Callable[[str, int], int] = as_sold
    plan_published: Callable[[str, int], int] = as_sold
