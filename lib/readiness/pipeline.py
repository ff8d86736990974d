"""The pipeline: from parameters to a published run, through the notebooks.

    load.ipynb → load tests
    probe.ipynb → evidence → contract → report.ipynb → findings → contract → report.html → published

A run is written beside its place and renamed into it: it is whole or absent. One whose frames break their contract, or
whose notebook stops, is kept as `<time>.failed`; one that is interrupted leaves nothing.
"""

import asyncio
import errno
import os
import platform
import shutil
import time
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from readiness import __version__, overview, snapshot
from readiness.accounts import left_behind
from readiness.assessment import Parameters
from readiness.cleanup import clean_up
from readiness.contract import Contract
from readiness.deadline import Deadline
from readiness.errors import BadInput, RunFailed
from readiness.export import Results, write_beside
from readiness.lean import without_grammars
from readiness.load.declaration import LoadTest
from readiness.load.publishing import loads_of
from readiness.parameters import LoadParameters, ProbeParameters, ReportParameters
from readiness.past import Past
from readiness.reports import Reports
from readiness.run import RunFolder
from readiness.schedule.lock import alone
from readiness.stage import Stage
from readiness.target import Target, path_of

LOAD_STEP = "load.ipynb"
STEPS = ("probe.ipynb", "evidence contract", "report.ipynb", "findings contract", "report.html")
NO_DEADLINE = Deadline(None)
LIBRARIES = ("pandas", "plotly", "papermill", "nbconvert", "great-expectations", "httpx", "dnspython", "cryptography")


@dataclass(frozen=True)
class Published:
    """A published run.

    Attributes:
        folder: Where it is.
        decision: Stage → verdict and what it rests on.
    """

    folder: Path
    decision: dict[str, Any]

    @property
    def report(self) -> Path:
        """The HTML report."""
        return self.folder / "report.html"


def publish(
    target: str,
    *,
    params: Path,
    reports: Path,
    stage: Stage = "alpha",
    dimension: Collection[str] = (),
    load: bool = False,
    earlier: str | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    at_most: timedelta | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> Published:
    """Assess a target and publish the run.

    Args:
        target: Name in `params/targets/`, or path of a target file.
        params: The `params/` folder; the notebooks are beside it.
        reports: Where runs are published, `<reports>/<target>/<UTC time>/`.
        stage: The stage that the report puts first.
        dimension: Dimensions to look at; empty: all ten.
        load: Carry out the load tests that the target file declares first; each is published in a folder of its own.
        earlier: Where earlier runs are, a folder or `s3://bucket/prefix`; None: `reports`.
        now: Clock, UTC.
        at_most: How long it may take; None: as long as it takes. One that takes longer is stopped and kept as failed.
        progress: Called with each of `STEPS` when it is done.

    Raises:
        BadInput: Parameters are not as expected; nothing was started.
        RunFailed: The run could not be completed; nothing was published.
        Overlap: Another run of the target is going on; nothing was started.
    """
    given = {"target": str(Path(target).resolve()) if "/" in target else target, "params": str(params.resolve())}
    parameters = Parameters.load(given["target"], params)
    ProbeParameters.check({**given, "dimension": list(dimension)})
    if load and not parameters.target.load.tests:
        raise BadInput(f"{path_of(given['target'], params)}: load.tests: expected the load tests to be carried out")
    notebooks = params.resolve().parent / "notebooks"
    loads = loads_of(reports, parameters.target.name)
    started = now()
    before = Reports.of(earlier or reports)
    Past.of(before, parameters.target.name, started, params)  # what the report cannot read is said before probing
    judged_by = snapshot.take(given["target"], params)
    _vacant(reports / parameters.target.name, started)  # minutes before it is needed
    deadline = Deadline(at_most)
    with alone(reports, parameters.target.name), _folder(reports / parameters.target.name, started) as folder:
        given["folder"] = str(folder.path.resolve())
        durations: dict[str, float] = {}

        def done(step: str, since: float) -> None:
            durations[step] = round(time.perf_counter() - since, 2)
            progress(step)

        for test in parameters.target.load.tests if load else ():
            since = time.perf_counter()
            _put_under_load(parameters.target, test, notebooks, given, loads, now(), deadline)
            done(LOAD_STEP, since)

        with Contract() as contract:
            since = time.perf_counter()
            given_to_probe = {**given, "dimension": list(dimension), "loads": str(loads.resolve())}
            with tidy(parameters.target):
                execute(notebooks / "probe.ipynb", folder, given_to_probe, ProbeParameters, deadline)
            done(STEPS[0], since)

            since = time.perf_counter()
            contract.hold(folder.evidence(), "evidence")
            done(STEPS[1], since)

            since = time.perf_counter()
            if snapshot.take(given["target"], params) != judged_by:
                raise RunFailed(f"{params}: was changed while the run was going on")
            judged_at = now()
            beside = {"reports": before.address, "loads": str(loads.resolve())}
            given_to_report = {**given, **beside, "now": judged_at.isoformat(), "stage": stage}
            manifest = _manifest(parameters, started, stage, dimension, folder)
            judged = {"judged_at": judged_at.isoformat(), "bar": parameters.bar(judged_at)}
            folder.save_json("manifest.json", manifest | judged)
            (folder.path / snapshot.NAME).write_bytes(judged_by)
            try:
                execute(notebooks / "report.ipynb", folder, given_to_report, ReportParameters, deadline)
            except BadInput as error:  # after minutes of probing: what there is is kept
                raise RunFailed(f"report.ipynb stopped: {error.problems[0]}") from None
            done(STEPS[2], since)

            since = time.perf_counter()
            contract.hold(folder.frame("findings"), "findings")
            done(STEPS[3], since)

        since = time.perf_counter()
        from readiness.report import render  # nbconvert is not needed by those who only check

        render(folder.path / "report.ipynb", folder.path / "report.html")
        done(STEPS[4], since)
        folder.save_json("manifest.json", folder.json("manifest.json") | {"durations_s": durations})
        write_beside(Results.of(folder, parameters.catalogue, params), folder.path)
        decision = folder.json("decision.json")["stages"]
        place = _publish(folder.path, reports / parameters.target.name, started)
    with suppress(Exception):  # the run is published; the page is made again by the next, or `readiness index`
        overview.write(reports)
    return Published(place, decision)


def _put_under_load(
    target: Target,
    test: LoadTest,
    notebooks: Path,
    given: dict[str, Any],
    loads: Path,
    started: datetime,
    deadline: Deadline,
) -> None:
    """Carry out one load test in load.ipynb and publish its folder: the record and the notebook."""
    asked = {
        "rate": test.rate or 0,
        "users": test.users or 0,
        "duration": f"{test.duration.total_seconds():g}s",
        "warm_up": f"{test.warm_up.total_seconds():g}s",
        "journey": test.journey,
    }
    with _folder(loads, started) as folder:
        with tidy(target):
            load = {**given, **asked, "folder": str(folder.path.resolve())}
            execute(notebooks / "load.ipynb", folder, load, LoadParameters, deadline)
        _publish(folder.path, loads, started)


@contextmanager
def tidy(target: Target) -> Iterator[None]:
    """Where the block is interrupted or fails, remove the test accounts that its notebook had made.

    A notebook that is stopped cannot do that itself: its kernel is killed.
    """
    try:
        yield
    except BaseException:
        deadline = time.monotonic() + 5
        while any(ledger.alive for ledger in left_behind(target.name)) and time.monotonic() < deadline:
            time.sleep(0.1)  # the kernel is about to end
        if left_behind(target.name):
            asyncio.run(clean_up(target))
        raise


def _manifest(
    parameters: Parameters, started: datetime, stage: str, dimension: Collection[str], folder: RunFolder
) -> dict[str, Any]:
    survey = folder.json("survey.json") or {}
    return {
        "target": parameters.target.name,
        "started_at": started.isoformat(),
        "stage": stage,
        "dimensions": sorted(dimension) or "all",
        "readiness": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {name: version(name) for name in LIBRARIES},
        "catalogue": parameters.catalogue.digest,
        **{name: survey[name] for name in ("permissions", "requests", "accounts", "left") if name in survey},
        "exchanges": len(folder.exchanges()),
    }


def execute(
    notebook: Path,
    folder: RunFolder,
    given: dict[str, Any],
    model: type[Any],
    deadline: Deadline = NO_DEADLINE,
) -> None:
    """Execute a notebook into the run's folder; parameters that it does not know are refused before it starts.

    Raises:
        BadInput: A parameter is not as expected, or there is no such notebook.
        RunFailed: It stopped; the folder holds it up to there.
    """
    model.check(given)
    if not notebook.is_file():
        raise BadInput(f"{notebook}: no such notebook; params/ and notebooks/ belong beside one another")
    if deadline.passed:
        raise RunFailed(f"{deadline.words} before {notebook.name}")
    without_grammars()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # papermill and nbformat warn of their own insides
        import papermill
        from papermill.exceptions import PapermillExecutionError
        from traitlets.config import Config

        from readiness.engine import Sparing

        # a socket file in a folder that is removed, not a TCP port that others could use
        with TemporaryDirectory(prefix="readiness-") as place, deadline.held(place):
            kernel = {"transport": "ipc", "connection_file": f"{place}/kernel.json"}
            try:
                papermill.execute_notebook(
                    str(notebook),
                    str(folder.path / notebook.name),
                    given,
                    engine_name=Sparing.__name__,
                    shutdown_kernel="immediate",  # all is said and written; to unload what it imported takes seconds
                    kernel_name="python3",
                    progress_bar=False,
                    log_output=False,
                    extra_arguments=["--log-level=CRITICAL"],  # what stops a notebook is said by us, in one line
                    config=Config(KernelManager=kernel),
                )
            except PapermillExecutionError as error:
                if error.ename == "BadInput":
                    raise BadInput(*str(error.evalue).splitlines()) from None
                said = str(error.evalue).strip().splitlines() or [""]
                where = f"{notebook.name} stopped in cell {error.exec_count}"
                if deadline.passed:
                    raise RunFailed(f"{deadline.words}: {where}") from None
                raise RunFailed(f"{where}: {error.ename}: {said[0]}") from None
            except RuntimeError as error:  # nbclient's, of a kernel that died: while it started, or in a cell
                if deadline.passed:
                    raise RunFailed(f"{deadline.words}: {notebook.name} did not end by itself") from None
                said = str(error).strip().splitlines() or [""]
                raise RunFailed(f"{notebook.name} stopped: {said[0]}") from None


@contextmanager
def _folder(parent: Path, started: datetime) -> Any:
    """A hidden folder beside the run's place; what happens to it depends on how the run ends."""
    partial = parent / f".{_stamp(started)}.{os.getpid()}.partial"
    try:
        yield RunFolder(partial)
    except RunFailed as error:
        failed = parent / f"{_stamp(started)}.failed"
        if partial.is_dir() and not failed.exists():
            partial.rename(failed)
            raise RunFailed(f"{error}\nwhat there is was kept in {failed}", failed) from None
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise RunFailed(f"{parent}: the run could not be written: {error.strerror}") from None
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _publish(partial: Path, parent: Path, started: datetime) -> Path:
    place = _vacant(parent, started)
    partial.rename(place)
    return place


def _vacant(parent: Path, started: datetime) -> Path:
    place = parent / _stamp(started)
    if place.exists():
        raise RunFailed(f"{place}: there is a run of this second already")
    return place


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H%M%SZ")
