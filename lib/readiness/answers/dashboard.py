"""Dashboards: which signals the panels of a Grafana dashboard show, and whether there is data behind them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SIGNALS = {
    "rate": re.compile(r"\b(rates?|requests?|traffic|throughput|rps|qps|req/s|calls)\b", re.I),
    "errors": re.compile(r"\b(errors?|failures?|failed|5xx|4xx|exceptions?)\b", re.I),
    "duration": re.compile(r"\b(durations?|latency|latencies|response times?|p50|p9[059]\d?|percentiles?)\b", re.I),
    "saturation": re.compile(
        r"\b(saturation|utili[sz]ation|usage|cpu|memory|heap|disk|connections?|pool|queues?|backlog|lag)\b", re.I
    ),
}
"""What the title of a panel says where it shows a signal (the four golden signals; RED and USE)."""

_BUILT_IN = {"-- Grafana --", "-- Dashboard --", "grafana", "-- Mixed --", "__expr__"}
_VARIABLE = re.compile(r"^\$\{?(\w+)(?::\w+)?\}?$")
DEPTH = 5


class Dashboard:
    """One dashboard.

    Args:
        model: The dashboard as its JSON model says (`panels`, `templating`).
    """

    def __init__(self, model: Mapping[str, Any]) -> None:
        self.panels = [panel for panel in _panels(model, DEPTH) if panel.get("targets")]
        variables = _listed(_mapping(model.get("templating")).get("list"))
        self._kinds = {
            str(one.get("name")): str(one.get("query")) for one in variables if one.get("type") == "datasource"
        }

    @property
    def signals(self) -> set[str]:
        """The signals that its panels show; a rate of errors, or the duration of requests, is no rate of requests."""
        shown = set()
        for panel in self.panels:
            title = str(panel.get("title", ""))[:200]
            found = {name for name, words in SIGNALS.items() if words.search(title)}
            shown |= found - {"rate"} if len(found) > 1 else found
        return shown

    @property
    def complete(self) -> bool:
        """It shows all of them."""
        return self.signals == set(SIGNALS)

    def dead(self, sources: Sequence[Mapping[str, Any]]) -> int:
        """How many panels ask a data source that is not among `sources`."""
        return sum(not all(self._there(one, sources) for one in _asked(panel)) for panel in self.panels)

    def _there(self, asked: Any, sources: Sequence[Mapping[str, Any]]) -> bool:
        reference = asked.get("uid") or asked.get("type") if isinstance(asked, Mapping) else asked
        if not reference or reference == "default":
            return any(source.get("isDefault") for source in sources)
        if variable := _VARIABLE.match(str(reference)):
            return any(source.get("type") == self._kinds.get(variable[1]) for source in sources)
        known = {source.get(name) for source in sources for name in ("uid", "name")}
        return reference in known | _BUILT_IN


def _panels(holder: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    """Panels, those of rows (folded, or of the time before panels stood in a grid) included."""
    for panel in _listed(holder.get("panels")) if depth else ():
        yield panel
        yield from _panels(panel, depth - 1)
    for row in _listed(holder.get("rows")) if depth else ():
        yield from _panels(row, depth - 1)


def _asked(panel: Mapping[str, Any]) -> list[Any]:
    """What a panel asks; each query by itself where the panel mixes data sources."""
    own = panel.get("datasource")
    name = own.get("uid") if isinstance(own, Mapping) else own
    targets = _listed(panel.get("targets"))
    return [target.get("datasource") for target in targets] if name == "-- Mixed --" else [own]


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
