"""Production readiness assessment: what a live platform shows, judged, scored and decided."""

from importlib.metadata import version

__version__ = version("readiness")
