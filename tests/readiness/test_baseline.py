import pytest
from readiness.baseline import Baseline
from readiness.errors import BadInput


def test_a_baseline_holds_what_was_declared(params):
    baseline = Baseline.read(params / "baseline" / "2025-01-01.yaml")
    assert baseline.date.isoformat() == "2025-01-01"
    assert baseline.requirements["data.sound"].note == "none yet"
    assert baseline.totals == {"overall": 35}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [("status: met", "status: green", "6: requirements.security.sound.status"), ("35", "135", "3: totals.overall")],
)
def test_a_status_or_share_that_does_not_exist_is_refused(params, old, new, told):
    path = params / "baseline" / "2025-01-01.yaml"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(BadInput) as caught:
        Baseline.read(path)
    assert str(caught.value).startswith(f"{path}:{told}: expected ")
