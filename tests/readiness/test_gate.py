"""Gates: one that cannot be passed, or contradicts itself, is refused with its line."""

import pytest
from readiness.catalog import DIMENSIONS
from readiness.errors import BadInput
from readiness.gate import Gates


@pytest.mark.parametrize(
    ("points", "gate", "told"),
    [
        ({"security": (100, 0), "data": (1, 0)}, {}, "weights that add up to 100, got 101"),
        ({"security": (100, 101)}, {}, "less than or equal to 100"),
        ({"security": (60, 61), "data": (40, 0)}, {}, "expected at most the weight, 60, got 61"),
        ({"security": (100, 0)}, {"minimum": 101}, "less than or equal to 100"),
        ({"security": (100, 0)}, {"partial_credit": 1}, "less than 1"),
        ({"security": (100, 0)}, {"steady_runs": 1, "mandatory": ["security.it"]}, "greater than or equal to 2"),
        ({"security": (100, 0)}, {"steady_runs": 2}, "steady_runs: expected mandatory requirements"),
        ({"security": (100, 0)}, {"partial_credit": -0.1}, "greater than or equal to 0"),
        ({"security": (100, 0)}, {"per_stage": {"ga": {"categories": {}}}}, "expected all ten dimensions"),
        ({"security": (100, 0)}, {"per_stage": {"alpha": {"requires": "beta"}}}, "expected an earlier stage"),
        ({"security": (100, 0)}, {"per_stage": {"beta": {"requires": "beta"}}}, "expected an earlier stage"),
    ],
)
def test_gates_that_cannot_be_passed_or_contradict_themselves_are_refused(gates_of, points, gate, told):
    with pytest.raises(ValueError, match=told):
        gates_of(points, **gate)


def test_a_matrix_is_read_and_its_mandatory_ids_are_checked_with_their_line(catalogue_of, tmp_path):
    weights = ", ".join(f"{name}: {{weight: 10, required: 5}}" for name in DIMENSIONS)
    lines = ["partial_credit: 0.5", "gates:"]
    for stage in ("alpha", "beta", "ga"):
        lines += [f"  {stage}:", "    minimum: 60", f"    categories: {{{weights}}}", "    mandatory:"]
        lines += ["      - security.it", "      - security.later"]
    path = tmp_path / "gates.yaml"
    path.write_text("\n".join(lines) + "\n      - security.gone\n")
    catalogue = catalogue_of({"security.it": {}, "security.later": {"stage": "beta"}})
    with pytest.raises(BadInput) as caught:
        Gates.load(path, catalogue)
    assert caught.value.problems == (
        f"{path}:8: mandatory: security.later is demanded from beta on only",
        f"{path}:21: mandatory: expected a requirement's id, got 'security.gone'",
    )
    assert Gates.load(path, catalogue_of({"security.it": {}, "security.later": {}, "security.gone": {}}))
    path.write_text("partial_credit: 0.5\ngates: {}\n")
    with pytest.raises(BadInput, match="missing alpha, beta, ga"):
        Gates.load(path, catalogue)


def test_what_takes_several_runs_can_be_left_out(gates_of):
    gates = gates_of({"security": (100, 0)}, mandatory=["security.it"], per_stage={"beta": {"steady_runs": 4}})
    assert (gates.steady, gates.of_one_run().steady) == (True, False)
    assert gates.of_one_run() == gates_of({"security": (100, 0)}, mandatory=["security.it"])
