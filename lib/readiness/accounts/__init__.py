"""Test accounts: made, used, written down and removed; what a user of the platform can observe begins here."""

from readiness.accounts.accounts import Accounts
from readiness.accounts.ledger import Ledger, left_behind
from readiness.accounts.person import Person
from readiness.accounts.visit import Reply, Visit

__all__ = ["Accounts", "Ledger", "Person", "Reply", "Visit", "left_behind"]
