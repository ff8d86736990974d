"""Protection: rulesets and classic settings demand the more of the two."""

from readiness.answers.protection import Protection, classic, of_rulesets


def test_rules_are_added_up():
    rules = [
        {
            "type": "required_status_checks",
            "parameters": {"required_status_checks": [{"context": "a"}, {"context": "b"}]},
        },
        {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "a"}]}},
        {"type": "workflows", "parameters": {"workflows": [{"path": ".github/workflows/scan.yml"}]}},
        {"type": "pull_request", "parameters": {"required_approving_review_count": 1}},
        {"type": "pull_request", "parameters": {"required_approving_review_count": 2}},
        {"type": "non_fast_forward"},
    ]
    assert of_rulesets(rules) == Protection(3, 2, True)


def test_no_rule_demands_nothing():
    assert of_rulesets([]) == of_rulesets([{"type": "deletion"}]) == Protection(0, 0, False)


def test_a_classic_protection_refuses_forced_pushes_unless_it_allows_them():
    assert classic({}) == Protection(0, 0, True)
    assert classic({"allow_force_pushes": {"enabled": True}}) == Protection(0, 0, False)
    assert classic({"required_status_checks": {"contexts": ["a"]}}) == Protection(1, 0, True)


def test_what_both_demand_is_the_more_of_each():
    assert Protection(1, 0, True).beside(Protection(0, 2, False)) == Protection(1, 2, True)
