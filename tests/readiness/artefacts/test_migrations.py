"""Migrations: a history is loaded without being run; what would not load with Alembic does not load here."""

import pytest
from readiness.artefacts import Unreadable
from readiness.artefacts.migrations import history, revision

FILE = '''"""{doc}"""
import boom
from alembic import op
revision = "{id}"
down_revision = {after}

def upgrade():
    op.create_table("a")

def downgrade():
    {down}
'''


def made(id, after="None", down='op.drop_table("a")', doc="A step."):
    return FILE.format(id=id, after=after, down=down, doc=doc).encode()


def test_a_history_has_the_heads_that_nothing_follows():
    files = {"1.py": made("one"), "2.py": made("two", '"one"'), "__init__.py": b""}
    assert history(files).heads == ["two"]
    assert history({**files, "3.py": made("three", '"one"')}).heads == ["three", "two"]
    merge = (
        made("four", '("two", "three")')
        .replace(b'op.create_table("a")', b"pass")
        .replace(b'op.drop_table("a")', b"pass")
    )
    assert history({**files, "3.py": made("three", '"one"'), "4.py": merge}).heads == ["four"]


def test_annotated_names_are_read_as_newer_templates_write_them():
    content = (
        made("one")
        .replace(b"revision = ", b"revision: str = ", 1)
        .replace(b"down_revision =", b"down_revision: str | None =")
    )
    assert revision("1.py", content).id == "one"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"1.py": b"def upgrade(:"}, "1.py does not parse"),
        ({"1.py": made("one", '"gone"')}, "1.py follows gone, which is not there"),
        ({"1.py": made("one"), "2.py": made("one")}, "are both revision one"),
        ({"1.py": made("one", '"two"'), "2.py": made("two", '"one"')}, "circle"),
        (
            {"1.py": made("one").replace(b'revision = "one"', b"revision = make()", 1)},
            "does not write its revision out",
        ),
        ({"1.py": b"def upgrade():\n    pass"}, "names no revision"),
        ({"1.py": b'revision = "one"\ndown_revision = None\n'}, "has no upgrade"),
    ],
)
def test_a_history_that_would_not_load_is_refused_with_the_reason(files, words):
    with pytest.raises(Unreadable, match=words):
        history(files)


@pytest.mark.parametrize(
    ("down", "doc", "reversible", "marked"),
    [
        ('op.drop_table("a")', "A step.", True, False),
        ("pass", "A step.", False, False),
        ("pass", "A step. Irreversible: the column is gone.", False, True),
        ('raise NotImplementedError("irreversible")', "A step.", False, True),
        ("raise NotImplementedError", "A step.", False, False),
        ("return", "A step.", False, False),
    ],
)
def test_a_step_that_cannot_be_undone_has_to_say_so(down, doc, reversible, marked):
    read = revision("1.py", made("one", down=down, doc=doc))
    assert (read.reversible, read.marked) == (reversible, marked)


def test_a_step_without_a_downgrade_cannot_be_undone():
    content = made("one").partition(b"def downgrade")[0]
    assert revision("1.py", content).reversible is False
