"""JUnit XML, the form that CI systems take: a suite for each category, a test for each requirement.

Met passes. Unmet and partly met fail, waived or not: an exception never counts as met. Unknown and not applicable are
skipped with the reason, because they are neither a pass nor a failure.
"""

from collections import Counter
from xml.etree import ElementTree as ET

from readiness.export.escape import line
from readiness.export.results import Finding, Results

NAME = "junit.xml"
_FAILED = ("unmet", "partial")
_SKIPPED = ("unknown", "not applicable")


def text(results: Results) -> str:
    """The findings of the stage put first."""
    found = list(results.of_stage())
    root = ET.Element("testsuites", {"name": f"readiness {results.target} {results.stage}", **_counts(found)})
    for dimension in dict.fromkeys(item.dimension for item in found):
        of_dimension = [item for item in found if item.dimension == dimension]
        title = results.catalogue.titles.get(dimension, dimension)
        moment = f"{results.observed_until:%Y-%m-%dT%H:%M:%S}"
        suite = ET.SubElement(
            root, "testsuite", {"name": line(title), "timestamp": moment, "time": "0", **_counts(of_dimension)}
        )
        for item in of_dimension:
            _case(suite, results, item)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, results: Results, item: Finding) -> None:
    names = {"classname": f"{results.target}.{results.stage}.{item.requirement}", "name": line(item.title)}
    place = {"file": item.place.file, "line": str(item.place.line)} if item.place else {}
    case = ET.SubElement(suite, "testcase", {**names, **place, "time": "0"})
    waived = " (waived)" if item.waived else ""
    said = f"{item.status}{waived}: {line(item.reason)}"
    if item.status in _FAILED:
        failure = ET.SubElement(case, "failure", {"type": item.status, "message": said})
        failure.text = "\n".join(line(words) for words in (item.sentence, item.reason, item.remedy) if words)
    elif item.status in _SKIPPED:
        ET.SubElement(case, "skipped", {"message": said})


def _counts(found: list[Finding]) -> dict[str, str]:
    statuses = Counter(item.status for item in found)
    failed, skipped = (sum(statuses[name] for name in names) for names in (_FAILED, _SKIPPED))
    return {"tests": str(len(found)), "failures": str(failed), "errors": "0", "skipped": str(skipped)}
