"""What a fresh machine is given: the two descriptions of the environment agree, and nothing names a registry."""

import re
import subprocess
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_conda_environment_has_the_versions_of_the_project():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    assert pip["pip"] == [*PROJECT["project"]["dependencies"], "--editable ."]
    assert f"python{PROJECT['project']['requires-python']}" in conda


def test_the_lock_pins_every_dependency_with_hashes_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9.-]+)(?:\[[^\]]*\])?==", lock, re.M))
    extras = [one for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra]
    for requirement in [*PROJECT["project"]["dependencies"], *extras]:
        if requirement.startswith("readiness["):
            continue  # an extra that takes in another
        name = re.match(r"[A-Za-z0-9_.-]+", requirement)[0].lower().replace("_", "-")
        assert name in pinned, requirement
    assert "://" not in lock
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.M)
    assert all("--hash=sha256:" in entry for entry in entries if "==" in entry.partition("\n")[0])


def test_both_packages_come_from_lib():
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["lib/readiness", "lib/sample_platform"]


def test_the_sample_platform_does_not_know_who_assesses_it():
    sources = (ROOT / "lib" / "sample_platform").rglob("*.py")
    assert not [path.name for path in sources if re.search(r"^\s*(?:from|import) readiness", path.read_text(), re.M)]


def test_great_expectations_is_not_imported_with_the_command_line():
    heavy = ("great_expectations", "papermill", "nbconvert")
    code = f"import sys, readiness.cli; print([m for m in {heavy} if m in sys.modules])"
    from sys import executable

    result = subprocess.run([executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
