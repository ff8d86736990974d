"""Defects in signing in, passwords, the own profile, notices."""

from .defect import Defect

DEFECTS: tuple[Defect, ...] = ()
