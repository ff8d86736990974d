"""The report: sections that a notebook shows, and the one HTML file that is made from the executed notebook."""

from readiness.report import load_test
from readiness.report.page import render
from readiness.report.section import Section
from readiness.report.sections import Report

__all__ = ["Report", "Section", "load_test", "render"]
