from readiness.stage import STAGES, since, up_to


def test_a_stage_includes_the_earlier_ones_and_is_included_by_the_later():
    assert [up_to(stage) for stage in STAGES] == [("alpha",), ("alpha", "beta"), ("alpha", "beta", "ga")]
    assert [since(stage) for stage in STAGES] == [("alpha", "beta", "ga"), ("beta", "ga"), ("ga",)]
