"""Images: how production's container images are built."""

from readiness.evidence import Fact
from readiness.probes import supplied
from readiness.sources.repository import WEEK

image = supplied(
    Fact("image.unprivileged", "boolean", "Every build file ends with a user that is not root.", "", WEEK),
    Fact("image.pinned", "boolean", "Every base image is named with a version or digest.", "", WEEK),
)
