"""What the suite has shown: nothing observed shows nothing, and what is observed shows what it decides."""

import pandas as pd
from readiness.evidence import Evidence, Fact, frame

from .reach import Reach


def test_without_observations_no_requirement_is_shown(pytestconfig):
    unmet, met = Reach(pytestconfig).missing()
    assert (len(unmet), len(met)) == (100, 100)


def test_a_requirement_is_shown_by_values_on_both_sides_of_its_threshold(pytestconfig, now):
    reach = Reach(pytestconfig)
    for value in (True, False):
        rows = [Evidence("a", Fact("audits.passed", "boolean", "It passed."), "observed", now, value=value)]
        reach.note(frame(rows))
    unmet, met = reach.missing()
    assert "security.security_audit" not in unmet
    assert met["security.security_audit"] == {"alerts.code", "alerts.dependencies"}


def test_what_was_not_observed_is_not_noted(pytestconfig, now):
    reach = Reach(pytestconfig)
    seen = reach.note(frame([Evidence("a", Fact("audits.passed", "boolean", "It passed."), "unavailable", now)]))
    assert isinstance(seen, pd.DataFrame)
    assert reach.values == {}
