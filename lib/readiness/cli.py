"""The command line: `readiness run | check | permissions | attest | cleanup | validate | sources | sample |
defects`."""

import contextlib
import difflib
import json
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import click

from readiness import __version__, attestation, interrupt, probes
from readiness.accounts import left_behind
from readiness.assessment import Assessment, Parameters, assess, dimensions, to_skip
from readiness.catalog import DIMENSIONS
from readiness.contract import Contract
from readiness.errors import BadInput, ReadinessError
from readiness.listing import EXIT_CODES, interval, listing, plain
from readiness.parameters import find_params
from readiness.progress import progress
from readiness.run import newest
from readiness.source import able
from readiness.stage import STAGES, Stage
from readiness.survey import survey
from readiness.target import path_of
from readiness.validate import validate as validate_files

FAILED = 3
INTERRUPTED = 130

_stage = click.option("--stage", type=click.Choice(STAGES), default="alpha", show_default=True, help="Stage to decide.")
_dimension = click.option(
    "--dimension", multiple=True, metavar="NAME", help=f"Restrict to a dimension (repeatable): {', '.join(DIMENSIONS)}."
)
_reports = click.option(
    "--reports", type=click.Path(path_type=Path), help="Where runs are published; default: beside params/."
)
_params = click.option(
    "--params", type=click.Path(path_type=Path), help="The params/ folder; default: in or above the working directory."
)


@click.group(
    invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="readiness")
@click.pass_context
def cli(context: click.Context) -> None:
    """Production readiness of a live platform: probed, judged, scored, decided, reported.

    TARGET is a name in params/targets/ or the path of a target file. Exit codes of run and check: 0 go, 1 no-go,
    2 undetermined for --stage, 3 the run itself failed, 130 interrupted.
    """
    if context.invoked_subcommand is None:
        _show(context.get_help())


@cli.command()
@click.argument("target")
@_stage
@_dimension
@_params
@_reports
def run(target: str, stage: Stage, dimension: tuple[str, ...], params: Path | None, reports: Path | None) -> int:
    """Probe, judge and report: publish reports/TARGET/<UTC time>/ and print its path."""
    from readiness.pipeline import STEPS, publish

    folder = params or find_params()
    dimensions(dimension)
    with _owning_up(target, folder), progress(len(STEPS), "assessing") as done:
        published = publish(
            target,
            params=folder,
            reports=reports or folder.resolve().parent / "reports",
            stage=stage,
            dimension=dimension,
            progress=done,
        )
    decision = published.decision[stage]
    score = interval(decision["floor"], decision["ceiling"])
    _show(f"{stage}: {decision['verdict']}, score {score} of 100, {decision['minimum']:g} needed")
    _show(str(published.report))
    return EXIT_CODES[decision["verdict"]]


@cli.command()
@click.argument("target")
@_stage
@_dimension
@_params
@click.option("--json", "as_json", is_flag=True, help="For machines: decision and findings as JSON.")
def check(target: str, stage: Stage, dimension: tuple[str, ...], params: Path | None, as_json: bool) -> int:
    """Probe and judge, without notebook or report: the daily check."""
    chosen = dimensions(dimension)
    folder = params or find_params()
    parameters = Parameters.load(target, folder)
    found = probes.discover()
    with _owning_up(target, folder), Contract() as contract:
        with progress(len(found), "probing") as done:
            skip = to_skip(parameters.catalogue, chosen)
            result = interrupt.run(
                survey(parameters.target, found, skip=skip, attestations=parameters.attestations, progress=done)
            )
        contract.hold(result.evidence, "evidence")
        assessment = assess(result.evidence, parameters, result.finished_at)
        contract.hold(assessment.findings, "findings")
    if as_json:
        _show(json.dumps(_machine(assessment, stage) | {"survey": result.account}, indent=2))
    else:
        width = shutil.get_terminal_size((120, 40)).columns if sys.stdout.isatty() else None
        _show(listing(assessment, stage, chosen, width, result.account))
    return EXIT_CODES[assessment.decision[stage]["verdict"]]


@contextlib.contextmanager
def _owning_up(target: str, params: Path) -> Iterator[None]:
    """Where the block is interrupted or fails, and so no report tells of it, say what was left behind."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(ReadinessError):
            name = Parameters.load(target, params).target.name
            count = sum(len(list(ledger)) for ledger in left_behind(name) if not ledger.alive)
            if count:
                _say(f"{count} of what was made could not be removed; `readiness cleanup {target}` tries again", FAILED)
        raise


def _machine(assessment: Assessment, stage: Stage) -> dict[str, Any]:
    findings = assessment.findings[assessment.findings["stage"] == stage]
    return {
        "target": assessment.parameters.target.name,
        "stage": stage,
        "observed_until": assessment.now.isoformat(),
        "catalogue": assessment.parameters.catalogue.digest,
        **assessment.decision[stage],
        "findings": findings.drop(columns=["target", "stage"]).to_dict("records"),
    }


@cli.command()
@click.argument("target")
@click.option("--forget", is_flag=True, help="Drop the list of what was left, because it was removed by hand.")
@_params
def cleanup(target: str, forget: bool, params: Path | None) -> int:
    """Remove the test accounts that earlier runs left on TARGET; list those that cannot be removed."""
    from readiness import cleanup

    platform = Parameters.load(target, params or find_params()).target
    if forget:
        _show(f"{cleanup.forget(platform)} forgotten")
        return 0
    cleaned = interrupt.run(cleanup.clean_up(platform))
    for name in cleaned.left:
        _show(f"left behind: {plain(name)}")
    for tag in cleaned.running:
        _show(f"run {plain(tag)} is still going; its accounts are left alone")
    _show(f"{cleaned.removed} removed, {len(cleaned.left)} left behind")
    return 1 if cleaned.left else 0


@cli.command()
@click.argument("target")
@_stage
@_params
@_reports
def permissions(target: str, stage: Stage, params: Path | None, reports: Path | None) -> int:
    """Say which grant, credential or statement TARGET's newest run lacked, and what each would settle."""
    from readiness.grants import grants

    folder = params or find_params()
    parameters = Parameters.load(target, folder)
    run = newest(reports or folder.resolve().parent / "reports", parameters.target.name)
    found = grants(assess(run.evidence(), parameters, run.observed_until), stage)
    for item in found:
        _show(f"{item.points:5.1f} points  {plain(item.permission)}")
        for words, names in (("settles", item.settles), ("helps with", item.helps)):
            if names:
                _show(f"              {words} {', '.join(names)}")
    _show(f"{len(found)} missing in the run of {run.path.name}" if found else "nothing is missing")
    return 0


@cli.command()
@click.argument("target")
@click.argument("fact")
@_params
def attest(target: str, fact: str, params: Path | None) -> int:
    """Write a dated statement that stands for FACT (or each such fact of a requirement) of TARGET, after asking."""
    folder = params or find_params()
    parameters = Parameters.load(target, folder)
    facts, today = probes.facts(), datetime.now(UTC).date()
    known = facts.get(fact)
    if known is None and fact not in parameters.catalogue.requirements:
        near = difflib.get_close_matches(fact, [*facts, *parameters.catalogue.requirements], n=1)
        raise BadInput(f"{fact!r}: expected a fact or a requirement" + (f"; did you mean {near[0]!r}?" if near else ""))
    values: dict[str, Any] = {"fact" if known else "requirement": fact}
    if known:
        click.echo(f"{known.meaning} ({known.type}{f', {known.unit}' if known.unit else ''})", err=True)
        kinds = {"boolean": click.BOOL, "number": click.FLOAT, "text": click.STRING}
        values["value"] = click.prompt("value", type=kinds[known.type], err=True)
    values["statement"] = click.prompt("statement, what was done or is so", err=True)
    values["by"] = click.prompt("by whom", err=True)
    values["attested_on"] = _ask_day("true of the day", today)
    values["expires_on"] = _ask_day("stands until", values["attested_on"] + timedelta(days=90))
    values["scope"] = click.prompt("scope, what it covers", default="", show_default=False, err=True)
    values["link"] = click.prompt("link to what it rests on", default="", show_default=False, err=True)
    path = folder / "attestations" / f"{parameters.target.name}.yaml"
    attestation.add(path, values, facts, parameters.catalogue)
    _show(str(path))
    return 0


def _ask_day(words: str, default: date) -> date:
    day = click.prompt(words, type=click.DateTime(["%Y-%m-%d"]), default=default.isoformat(), err=True)
    return day.date()


@cli.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--live", metavar="TARGET", help="Compare TARGET's operations with its platform's OpenAPI document.")
@_params
def validate(files: tuple[Path, ...], live: str | None, params: Path | None) -> int:
    """Check every file in params/, or the FILES given."""
    folder = params or find_params()
    if live:
        return _validate_live(live, folder)
    found = validate_files(folder, files)
    for problem in found.problems:
        click.echo(problem, err=True)
    if found.problems:
        count = len(found.problems)
        click.echo(f"{count} problem{'s' if count > 1 else ''}, {len(found.files)} file(s) read", err=True)
        return FAILED
    _show(
        f"{len(found.files)} files are as expected; {found.requirements} requirements: "
        f"{len(found.sourceless)} have no source of evidence yet, {len(found.awaiting)} more await part of theirs"
    )
    for name, facts in found.untold.items():
        if facts:
            ways = ", ".join(f"{way} ({count})" for way, count in _ways(facts))
            _show(
                f"{name}: no source named under `sources` can tell {len(facts)} facts that are demanded; {ways} could"
            )
    return 0


def _ways(facts: Collection[str]) -> list[tuple[str, int]]:
    """The sources that could tell these facts, and how many each, the most first."""
    counts = Counter(name for fact in facts for name in able([fact]))
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _validate_live(target: str, params: Path) -> int:
    from readiness.live import contradictions

    platform = Parameters.load(target, params).target
    problems = interrupt.run(contradictions(platform)) or ([] if platform.operations else ["operations: expected some"])
    for problem in problems:
        click.echo(f"{path_of(target, params)}: {plain(problem)}", err=True)
    if problems:
        return FAILED
    count = sum(not operation.undocumented for operation in platform.operations.values())
    _show(f"{count} operations are as the platform's document has them")
    return 0


@cli.command()
def sources() -> int:
    """Print every source that a target file can name, with its keys and the facts it can tell, as Markdown."""
    from readiness.source import described

    _show(described(probes.facts()))
    return 0


@cli.command(context_settings={"ignore_unknown_options": True})
@click.option("--maturity", type=click.Choice(["prototype", "alpha", "beta"]), default="beta", show_default=True)
@click.option("--defect", "defects", multiple=True, metavar="NAME", help="Break one behaviour (repeatable).")
@click.option("--free-ports", is_flag=True, help="Any free ports, instead of those in params/targets/sample.yaml.")
@click.option("--state", type=click.Path(path_type=Path), help="Its files; default: .sample beside params/.")
@_params
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def sample(
    maturity: str,
    defects: tuple[str, ...],
    free_ports: bool,
    state: Path | None,
    params: Path | None,
    command: tuple[str, ...],
) -> int:
    """Run the sample platform in the foreground and print its addresses.

    With a COMMAND after `--`, run that against it and stop; `{target}` in the command is the path of a target file
    with the addresses that it really has.
    """
    from readiness.demo import attend, describe, hosted

    with hosted(params or find_params(), maturity, defects, state, free_ports) as (addresses, target):
        if command:
            return attend([part.replace("{target}", str(target)) for part in command])
        _show(describe(addresses, target))
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0


@cli.command()
@click.option("--prove", is_flag=True, help="Try each on a platform of its own, against a healthy one: minutes.")
@click.option("--jobs", type=click.IntRange(1, 16), default=2, show_default=True, help="Processes that try them.")
@click.argument("names", nargs=-1)
@_params
def defects(prove: bool, jobs: int, names: tuple[str, ...], params: Path | None) -> int:
    """Print the named defects of the sample platform and the requirements each must turn unmet, as Markdown.

    With --prove print what each requirement of the defects (all, or NAMES) is without and with them; exit code 1 if a
    defect does not cost exactly what its table says.
    """
    import sample_platform

    from readiness import control, demo

    unknown = [name for name in names if name not in sample_platform.DEFECTS]
    if unknown:
        raise BadInput(f"defect {unknown[0]!r}: expected some of: {', '.join(sample_platform.DEFECTS)}")
    if not prove:
        _show(demo.defect_table())
        return 0
    chosen = names or tuple(sample_platform.DEFECTS)
    with progress(len(chosen), "trying") as done:
        table, problems = control.prove(params or find_params(), chosen, jobs, done)
    _show(table)
    for problem in problems:
        click.echo(plain(problem), err=True)
    return 1 if problems else 0


def main() -> None:
    """Entry point: errors become one clear line and exit code 3, an interrupt 130."""
    interrupt.heed()
    try:
        code = cli(standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = _say("interrupted; nothing was published", INTERRUPTED)
    except click.ClickException as error:
        code = _say(error.format_message().replace("\n", " "), FAILED)
    except ReadinessError as error:
        code = _say(str(error), FAILED)
    except OSError as error:
        code = _say(f"{error.filename or 'the system'}: {error.strerror or error}", FAILED)
    except Exception as error:  # a fault of ours: still one line, and never the exit code of a verdict
        said = (str(error).strip().splitlines() or [""])[0][:300]
        code = _say(f"unexpected {type(error).__name__}: {said}", FAILED)
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    sys.exit(code if isinstance(code, int) else 0)


def _show(text: str) -> None:
    """Print a result. A reader who has left, as `head` does, changes nothing of the verdict.

    Raises:
        OSError: It cannot be written, to a full disk for instance.
    """
    try:
        click.echo(text, color=False if os.environ.get("NO_COLOR") else None)
        sys.stdout.flush()
    except OSError as error:
        _flush(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise


def _flush(stream: TextIO) -> None:
    """Write what is left; where that fails, drop it, or it would fail again when the interpreter ends."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _say(text: str, code: int) -> int:
    with contextlib.suppress(OSError):
        for line in text.splitlines() or ["failed"]:
            click.echo(f"readiness: {line}", err=True)
    return code
