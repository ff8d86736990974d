"""Tracker: whether errors of the running release arrive in an error tracker, and whether it tells anybody."""

from readiness.evidence import Fact
from readiness.probes import supplied

tracker = supplied(
    Fact("tracker.first_event", "boolean", "The project has received an event."),
    Fact("tracker.active_keys", "number", "Keys with which events are accepted.", "keys"),
    Fact("tracker.recent_events", "number", "Events accepted within 7 days.", "events"),
    Fact("tracker.alerts", "number", "Alerts of the project that are enabled.", "alerts"),
    Fact("tracker.release_current", "boolean", "The newest release that the tracker knows is the one that runs."),
    deadline=120,
)
