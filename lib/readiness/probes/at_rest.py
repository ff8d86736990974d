"""At rest: whether stored data is encrypted on the vendor's disks."""

from readiness.evidence import Fact
from readiness.probes import supplied

at_rest = supplied(
    Fact("at_rest.encrypted", "boolean", "The storage of database and cache is encrypted.", attestable=True)
)
