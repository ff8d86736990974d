"""Routes of alerts: the first that matches is taken, and a receiver without integrations tells nobody."""

import pytest
from readiness.answers.routing import receivers, tells

CONFIGURATION = """
route:
  receiver: "null"
  group_by: [alertname]
  routes:
    - matchers: ['severity="critical"', 'team=~"id|web"']
      receiver: pager
      continue: true
    - match: {severity: critical}
      receiver: mail
      routes:
        - matchers: [severity != warning, 'team="quiet"']
          receiver: "null"
    - match_re: {severity: warn.*}
receivers:
  - name: "null"
  - name: pager
    pagerduty_configs: [{routing_key: <secret>}]
  - name: mail
    email_configs: [{to: ops@example.com}]
"""


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ({"severity": "critical"}, ["mail"]),
        ({"severity": "critical", "team": "id"}, ["pager", "mail"]),
        ({"severity": "critical", "team": "identity"}, ["mail"]),
        ({"severity": "critical", "team": "quiet"}, ["null"]),
        ({"severity": "warning"}, ["null"]),
        ({}, ["null"]),
    ],
)
def test_an_alert_goes_where_its_labels_lead(labels, names):
    found = receivers(CONFIGURATION, labels)
    assert [one["name"] for one in found] == names
    assert any(map(tells, found)) is (names != ["null"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "route: {receiver: gone}\nreceivers: []",
        "route: {receiver: a, routes: [{match_re: {x: '['}}]}\nreceivers: [{name: a}]",
        "{" * 100_000,
        "a: &a {routes: [{receiver: x}]}\n"
        + "".join(f"{name}: &{name} {{routes: [{', '.join([f'{{<<: *{last}, continue: true}}'] * 9)}]}}\n"
                  for last, name in zip("abcdef", "bcdefg", strict=True))
        + "route: {<<: *g, receiver: x}\nreceivers: [{name: x}]",
    ],
    ids=["empty", "a list", "no such receiver", "no expression", "deep", "a bomb"],
)  # fmt: skip
def test_what_is_no_configuration_is_told(text):
    with pytest.raises(ValueError):
        receivers(text, {"severity": "critical"})
