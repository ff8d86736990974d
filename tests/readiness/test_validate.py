"""Validation: every file of params/, every mistake, one line each."""

import pytest
from readiness.validate import validate


def told(params, validation):
    return [problem.replace(f"{params}/", "") for problem in validation.problems]


def test_sound_parameters_have_no_problems(params):
    validation = validate(params)
    assert validation.problems == ()
    assert (validation.requirements, validation.sourceless, validation.awaiting) == (10, (), ())
    assert len(validation.files) == 14


def test_what_nothing_observes_yet_is_listed(params):
    chapter = params / "catalog" / "api.yaml"
    sound = chapter.read_text()
    chapter.write_text(sound.replace("{fact: b.count, at_least: {beta: 5}}", "awaits: an audit"))
    assert validate(params).awaiting == ("api.sound",)
    lines = [line for line in sound.splitlines() if "fact:" not in line and "criteria:" not in line]
    chapter.write_text("\n".join(lines))
    validation = validate(params)
    assert (validation.sourceless, validation.awaiting) == (("api.sound",), ())


def test_problems_of_every_kind_of_file_are_told_once(params):
    (params / "targets" / "one.yaml").write_text("name: one\ntitle: One\nproduction: nowhere\n")
    (params / "waivers" / "two.yaml").write_text("waivers: [{requirement: a.b}]\n")
    gates = params / "gates.yaml"
    gates.write_text(gates.read_text().replace("minimum: 50", "minimum: 500", 1))
    baseline = params / "baseline" / "2025-01-01.yaml"
    baseline.write_text(baseline.read_text().replace("data.sound", "data.gone"))
    problems = told(params, validate(params))
    assert [problem.split(": ")[0] for problem in sorted(set(problems))] == [
        "baseline/2025-01-01.yaml:7",
        "gates.yaml:4",
        "targets/one.yaml:3",
        *["waivers/two.yaml:1"] * 4,
    ]
    assert len(problems) == len(set(problems))


def test_a_broken_catalogue_is_told_with_the_rest(params):
    chapter = params / "catalog" / "data.yaml"
    chapter.write_text(chapter.read_text().replace("a.flag", "a.flog"))
    (params / "targets" / "one.yaml").write_text("title: One\n")
    (params / "catalog" / "api.yaml").unlink()
    problems = told(params, validate(params))
    assert problems[:2] == [
        "catalog/data.yaml:13: fact: expected a fact that a probe observes, got 'a.flog', which none does",
        "catalog/api.yaml: no such file",
    ]
    assert len(problems) == len(set(problems))


def test_only_the_files_named_are_checked(params):
    one, two = (params / "targets" / f"{name}.yaml" for name in ("one", "two"))
    one.write_text("title: One\n")
    assert validate(params, [two]).problems == ()
    assert [problem.split(": ")[0] for problem in told(params, validate(params, [one]))] == ["targets/one.yaml:1"] * 2


def test_a_sound_file_beside_a_broken_catalogue_is_not_called_sound(params):
    (params / "catalog" / "data.yaml").write_text("[")
    assert validate(params, [params / "targets" / "one.yaml"]).problems == (
        "the catalogue has problems; run `readiness validate`",
    )


@pytest.mark.parametrize("name", ["plinto.yaml", "gone.yaml"])
def test_a_file_from_elsewhere_is_read_as_a_target(params, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    if name != "gone.yaml":
        path.write_text("name: elsewhere\ntitle: Elsewhere\nproduction: https://api.example.com\nzoen: x\n")
    (problem,) = validate(params, [path]).problems
    assert problem.startswith(f"{path}:4: zoen: unknown key" if name != "gone.yaml" else f"{path}: no such file")
