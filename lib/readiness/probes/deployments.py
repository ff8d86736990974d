"""Deployments: what production runs, who put it there, and what it could go back to."""

from readiness.evidence import Fact
from readiness.probes import supplied

deployments = supplied(
    Fact("deployments.succeeded", "boolean", "The newest finished deployment to production succeeded."),
    Fact("deployments.on_default_branch", "boolean", "The commit in production is on the default branch."),
    Fact("deployments.by_pipeline", "boolean", "The newest deployment to production was made by the pipeline."),
    Fact("deployments.behind_days", "number", "How long the oldest commit not yet in production has waited.", "days"),
    Fact("deployments.in_30_days", "number", "Deployments to production that succeeded in 30 days.", "deployments"),
    Fact(
        "deployments.rollback_candidates", "number", "Earlier deployments that the vendor can go back to.", "releases"
    ),
)
