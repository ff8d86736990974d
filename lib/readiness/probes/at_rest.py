"""At rest: whether stored data is encrypted on the vendor's disks; what one vendor says of its own says no more."""

from readiness.evidence import Fact
from readiness.probes import supplied

at_rest = supplied(
    Fact("at_rest.database", "boolean", "The storage of the database is encrypted.", attestable=True),
    Fact("at_rest.cache", "boolean", "The storage of the cache is encrypted.", attestable=True),
)
