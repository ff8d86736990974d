"""Budgets: whether someone is told before the money is spent."""

from readiness.evidence import Fact
from readiness.probes import supplied

budgets = supplied(
    Fact("budgets.alerting", "number", "Budgets that alert someone at 100 % or below.", "budgets"),
    Fact("budgets.exceeded", "number", "Budgets that are exceeded.", "budgets"),
)
