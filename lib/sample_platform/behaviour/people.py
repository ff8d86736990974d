"""How the platform behaves in signing in, passwords, the own profile, notices."""

from dataclasses import dataclass


@dataclass(frozen=True)
class People:
    """Right by default."""
