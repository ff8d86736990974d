"""JUnit: met passes, unmet fails, unknown is skipped with its reason; our own reader of JUnit reads it."""

from defusedxml import ElementTree
from readiness.artefacts import junit as reader
from readiness.export.junit import text


def test_unknown_is_neither_a_pass_nor_a_failure(results):
    root = ElementTree.fromstring(text(results).encode())
    assert root.tag == "testsuites"
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("10", "0", "10")
    skipped = root.findall(".//skipped")
    assert len(skipped) == 10
    assert all(str(item.get("message")).startswith("unknown") for item in skipped)
    assert any(str(item.get("message")).startswith("unknown (waived): ") for item in skipped)


def test_counts_of_suites_add_up_and_cases_lead_to_the_catalogue(results):
    root = ElementTree.fromstring(text(results).encode())
    suites = root.findall("testsuite")
    assert len(suites) == 10
    for name in ("tests", "failures", "errors", "skipped"):
        assert sum(int(str(suite.get(name))) for suite in suites) == int(str(root.get(name)))
    case = root.find("testsuite/testcase")
    assert case is not None
    assert str(case.get("classname")).startswith("one.beta.")
    assert str(case.get("file")).startswith("params/catalog/") and int(str(case.get("line"))) > 1


def test_our_own_reader_of_junit_counts_what_was_found(results, results_of):
    told = {name: reader.results(text(each).encode()) for name, each in cases(results, results_of).items()}
    counts = {name: (each.tests, each.failures, each.skipped) for name, each in told.items()}
    assert counts == {"unknown": (0, 0, 10), "unmet": (10, 10, 0), "met": (10, 0, 0)}
    failing = ElementTree.fromstring(text(results_of(False, 1)).encode())
    assert all("Make it so, and keep it so." in str(item.text) for item in failing.findall(".//failure"))


def cases(results, results_of):
    return {"unknown": results, "unmet": results_of(False, 1), "met": results_of(True, 9)}


def test_partly_met_fails_because_it_is_not_met(results_of):
    partial = results_of(True, 1)
    statuses = {item.status for item in partial.of_stage()}
    types = {item.get("type") for item in ElementTree.fromstring(text(partial).encode()).findall(".//failure")}
    assert types == statuses == {"partial"}
