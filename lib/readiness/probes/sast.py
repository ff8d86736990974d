"""Static analysis: what it says of SQL that is built from strings."""

from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.sources.repository import WEEK

sast = supplied(
    Fact("sast.files", "number", "Files that the static analysis looked at.", "files", WEEK),
    Fact("sast.sql_findings", "number", "Places where it found SQL built from strings (CWE-89).", "findings", WEEK),
)
