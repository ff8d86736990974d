"""The report: sections that a notebook shows, and the one HTML file that is made from the executed notebook."""

from readiness.report.page import render
from readiness.report.sections import Report, Section

__all__ = ["Report", "Section", "render"]
