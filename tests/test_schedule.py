"""The examples of docs/schedule.md are what their schedulers take, and start what there is."""

import ast
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from readiness.cli import cli
from readiness.parameters import ProbeParameters, ReportParameters

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "docs" / "examples"
DOCS = (ROOT / "docs" / "schedule.md").read_text(encoding="utf-8")
CRON = re.compile(r"[\d*/,-]+( [\d*/,-]+){4}")


def understood(command: list[str]) -> None:
    """Every option of a command line is one that the command has."""
    assert command[0] == "readiness"
    known = {name for option in cli.commands[command[1]].params for name in option.opts}
    assert {part for part in command if part.startswith("--")} <= known, command


def test_every_example_is_in_the_table_and_every_link_leads_somewhere():
    links = set(re.findall(r"\]\(([^)#]+)\)", DOCS))
    assert links == {f"examples/{path.name}" for path in EXAMPLES.iterdir() if path.is_file()}


def test_commands_of_the_page_are_understood():
    commands = [line.split("#")[0].split() for line in re.findall(r"^readiness .*$", DOCS, re.M)]
    assert len(commands) == 4
    for command in commands:
        understood(command)
        assert CliRunner().invoke(cli, [command[1], "--help"]).exit_code == 0


def test_the_workflow_runs_one_at_a_time_and_ends_with_the_verdict():
    workflow = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text(encoding="utf-8"))
    on = workflow[True]  # YAML 1.1 reads `on` as a boolean, GitHub does not
    assert CRON.fullmatch(on["schedule"][0]["cron"])
    assert workflow["concurrency"]["cancel-in-progress"] is False
    steps = workflow["jobs"]["assess"]["steps"]
    assert all(("run" in step) != ("uses" in step) for step in steps)
    lines = [line for step in steps for line in step.get("run", "").splitlines()]
    commands = [re.split(r" \|\| | >> ", line)[0] for line in lines if line.startswith("readiness ")]
    assert len(commands) == 4
    for command in commands:
        understood(shlex.split(command))
    assert "secrets." not in "".join(lines), "secrets are given by the environment, never written into a script"


def test_the_dag_names_notebooks_and_parameters_that_there_are():
    source = (EXAMPLES / "airflow_dag.py").read_text(encoding="utf-8")
    compile(source, "airflow_dag.py", "exec")
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    operators = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "PapermillOperator"]
    models = {"probe": ProbeParameters, "report": ReportParameters}
    assert len(operators) == len(models)
    for call in operators:
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        assert set(given) == {"task_id", "input_nb", "output_nb", "parameters"}
        name = ast.literal_eval(given["task_id"])
        assert f"notebooks/{name}.ipynb" in ast.unparse(given["input_nb"])
        assert (ROOT / "notebooks" / f"{name}.ipynb").is_file()
        assert isinstance(given["parameters"], ast.Dict)
        keys = {ast.literal_eval(key) for key in given["parameters"].keys if key}
        assert keys <= set(models[name].model_fields)
    dag = next(call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "DAG")
    settings = {keyword.arg: ast.unparse(keyword.value) for keyword in dag.keywords}
    assert settings["max_active_runs"] == "1" and settings["catchup"] == "False"
    assert CRON.fullmatch(ast.literal_eval(settings["schedule"]))


def test_the_cron_job_has_what_kubernetes_asks_of_one():
    job = yaml.safe_load((EXAMPLES / "kubernetes-cronjob.yaml").read_text(encoding="utf-8"))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert (
        re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", job["metadata"]["name"]) and len(job["metadata"]["name"]) <= 52
    )
    spec = job["spec"]
    assert CRON.fullmatch(spec["schedule"]) and spec["concurrencyPolicy"] == "Forbid"
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never" and spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert pod["securityContext"]["runAsNonRoot"] is True
    container = pod["containers"][0]
    understood(container["command"])
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}
    assert all(isinstance(each.get("value", ""), str) for each in container["env"])
    seconds = spec["jobTemplate"]["spec"]["activeDeadlineSeconds"]
    assert seconds > int(container["command"][-1].removesuffix("m")) * 60


@pytest.mark.parametrize("name", ["probe", "report"])
def test_a_notebook_has_the_one_cell_that_schedulers_put_parameters_after(name):
    notebook = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    tagged = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    assert len(tagged) == 1
    source = "".join(tagged[0]["source"])
    for parameter in ("target", "params", "folder"):
        assert re.search(rf"^{parameter} = ", source, re.M) and f"`{parameter}`" in DOCS
