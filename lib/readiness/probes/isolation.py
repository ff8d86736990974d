"""Isolation: whether production and staging share nothing behind their doors."""

from readiness.evidence import Fact
from readiness.probes import supplied

isolation = supplied(
    Fact("isolation.databases_differ", "boolean", "Production and staging have two PostgreSQL clusters."),
    Fact("isolation.caches_differ", "boolean", "They have two caches."),
    Fact(
        "isolation.production_protected",
        "boolean",
        "Deployments to production need a reviewer or a branch that is allowed.",
    ),
    Fact("isolation.no_production_data", "boolean", "No production data is copied to staging.", attestable=True),
)
