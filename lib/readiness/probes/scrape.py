"""Scrape: whether the platform's metrics are collected."""

from readiness.evidence import Fact
from readiness.probes import supplied

scrape = supplied(
    Fact("scrape.targets", "number", "Processes of the platform whose metrics are collected.", "targets"),
    Fact("scrape.down", "number", "Of these, those whose metrics could not be collected last time.", "targets"),
)
