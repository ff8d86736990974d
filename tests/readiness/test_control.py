"""The negative control's table; that each defect costs what it should is in `tests/test_defects.py`."""

import pytest
from readiness.control import _table


@pytest.mark.parametrize(
    ("stages", "told"), [(("alpha", "beta", "ga"), "alpha"), (("beta", "ga"), "beta")], ids=["first", "later"]
)
def test_a_requirement_is_told_of_from_the_stage_that_demands_it(stages, told):
    healthy, after = ({(stage, "experience.sessions"): status for stage in stages} for status in ("met", "unmet"))
    rows = list(_table(healthy, {"session-lives-on": after}))
    assert rows[2:] == [f"| `experience.sessions` | {told}: met | `session-lives-on` | unmet |"]
