"""A small identity platform that runs on 127.0.0.1: something real to assess, with defects by name."""

from .addresses import Addresses, Ports
from .cluster import SampleFailed
from .defects import DEFECTS, MATURITIES, Defect
from .launch import Sample, Services, services, started

__all__ = [
    "DEFECTS",
    "MATURITIES",
    "Addresses",
    "Defect",
    "Ports",
    "Sample",
    "SampleFailed",
    "Services",
    "services",
    "started",
]
