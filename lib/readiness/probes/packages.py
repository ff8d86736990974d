"""Packages: the client libraries that are published for the platform."""

from readiness.evidence import Fact
from readiness.probes import supplied

packages = supplied(
    Fact("packages.javascript_stable", "boolean", "The JavaScript package is stable and not deprecated."),
    Fact("packages.javascript_complete", "boolean", "It has types, a licence and a repository."),
    Fact("packages.javascript_provenance", "boolean", "It is published with a provenance attestation."),
    Fact("packages.python_stable", "boolean", "The Python package is stable and not yanked."),
    Fact("packages.go_stable", "boolean", "The Go module is stable and not retracted."),
    Fact("packages.ruby_stable", "boolean", "The Ruby gem is stable and not yanked."),
)
