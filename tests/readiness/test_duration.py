from datetime import timedelta

import pytest
from readiness.duration import duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("1.5m", 90), ("24h", 86_400), ("7d", 604_800), (timedelta(hours=1), 3600)]
)
def test_a_duration_is_a_number_and_a_unit(text, seconds):
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize(
    "text",
    ["", "7", "7 d", "d", "-1s", "0s", "0.0000001s", "1w", "1h30m", "1e3s", "9" * 12 + "d", "9" * 400 + "d", 7, None],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="expected a duration such as 30s, 24h or 7d, got "):
        duration(text)
