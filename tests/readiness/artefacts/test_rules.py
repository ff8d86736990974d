"""Alert rules: alerts of rule files and of Kubernetes resources, without recording rules."""

import pytest
from readiness.artefacts import Unreadable
from readiness.artefacts.rules import Rule, alerts, rules

FILE = """
groups:
  - name: api
    rules:
      - {record: "job:up", expr: up}
      - {alert: Down, expr: up == 0, annotations: {runbook_url: "docs/runbook.md#down"}}
      - {alert: Slow, expr: "1"}
"""


def test_the_alerts_of_a_file_are_read_with_their_links():
    assert rules(FILE.encode()) == [Rule("Down", "docs/runbook.md#down"), Rule("Slow", "")]


def test_those_of_a_kubernetes_resource_as_well():
    text = "kind: PrometheusRule\nspec:" + FILE.replace("\n", "\n  ")
    assert [one.name for one in rules(text.encode())] == ["Down", "Slow"]


def test_those_that_prometheus_has_loaded_as_well():
    listed = [{"type": "alerting", "name": "Down", "annotations": {}}, {"type": "recording", "name": "job:up"}]
    assert alerts(listed) == [Rule("Down", "")]


@pytest.mark.parametrize("text", ["a: {{ .Values.x }}: [", "a: 1", ""])
def test_what_is_no_rule_file_is_refused(text):
    with pytest.raises(Unreadable, match=r"not valid YAML|holds no groups"):
        rules(text.encode())
