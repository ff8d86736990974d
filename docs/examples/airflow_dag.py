"""An Airflow DAG that runs the two notebooks with the PapermillOperator (apache-airflow-providers-papermill)."""

from datetime import UTC, datetime, timedelta

from airflow import DAG
from airflow.providers.papermill.operators.papermill import PapermillOperator

PROJECT = "/srv/readiness"  # params/ and notebooks/ are here
FOLDER = PROJECT + "/out/{{ ts_nodash }}"  # made by the notebook; a run's frames and its decision.json end up here

with DAG(
    dag_id="production_readiness_acme",
    schedule="0 6 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,  # a run looks at the platform as it is now: yesterday's cannot be made up for by several
    max_active_runs=1,  # two runs of one target never overlap
    dagrun_timeout=timedelta(minutes=30),
) as dag:
    # the executed notebooks lie beside the folder, which the first task may not find yet
    probe = PapermillOperator(
        task_id="probe",
        input_nb=f"{PROJECT}/notebooks/probe.ipynb",
        output_nb=PROJECT + "/out/{{ ts_nodash }}.probe.ipynb",
        parameters={"target": "acme", "params": f"{PROJECT}/params", "folder": FOLDER},
    )
    report = PapermillOperator(
        task_id="report",
        input_nb=f"{PROJECT}/notebooks/report.ipynb",
        output_nb=PROJECT + "/out/{{ ts_nodash }}.report.ipynb",
        parameters={"target": "acme", "params": f"{PROJECT}/params", "folder": FOLDER, "stage": "beta"},
    )
    probe >> report
