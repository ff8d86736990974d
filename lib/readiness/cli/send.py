"""`readiness send`: a run's mail, to those whom its target file names."""

from pathlib import Path

import click

from readiness.cli.options import folder_option, params_option
from readiness.cli.output import say, show
from readiness.errors import BadInput, ReadinessError
from readiness.parameters import find_params


@click.command()
@click.argument("run", required=False)
@click.option("--target", help="Target file whose mail: is used; default: that of the run's target in params/.")
@click.option("--again", is_flag=True, help="Try now what waits, was refused, was given up or is unclear of RUN.")
@params_option
@folder_option
def send(run: str | None, target: str | None, again: bool, params: Path | None, reports: Path | None) -> int:
    """Mail RUN to the lists of its target file, and tell what changed; without RUN, send what waits of every target.

    RUN is a target (its newest run), TARGET/TIME, or the path of a run's folder. What was sent is not sent again. Exit
    codes: 0 all of it was sent, 1 something was not, such as what waits for its next attempt.
    """
    from readiness.mail.mailing import Mailing
    from readiness.mail.outbox import FOLDER
    from readiness.run import find

    folder = params or find_params()
    root = reports or folder.resolve().parent / "reports"
    missed = False
    if run is None:
        if again or target:
            raise click.UsageError("expected RUN beside --again and --target")
        letters = []
        for place in sorted(root.glob(f"*/{FOLDER}")):
            try:
                mailing = Mailing(place.parent.name, folder, place.parent)
                tried = mailing.deliver()
                keys = {letter.key for letter in tried}
                later = [each for each in mailing.outbox.letters() if each.state == "waiting" and each.key not in keys]
                letters += tried + later  # whose pause is not over
            except ReadinessError as error:  # one target's trouble is not the others'
                missed = bool(say(str(error), 1))
    else:
        found = find(root, run)
        told = found.json("decision.json") or {}
        mailing = Mailing(target or str(told.get("target", "")), folder, found.path.resolve().parent)
        if not mailing.declared:
            raise BadInput(f"{target or found.path.parent.name}: expected `mail` or `notify` in the target file")
        if not mailing.send(found):
            show("no list is for it")
        mailing.deliver(again=found.path.name if again else None)
        letters = mailing.outbox.letters(found.path.name)
    for letter in letters:
        show(letter.words)
    return 0 if not missed and all(letter.state == "sent" for letter in letters) else 1
