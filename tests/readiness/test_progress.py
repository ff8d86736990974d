"""Progress: a plain line a step where there is no terminal, a bar where there is one."""

import io
import sys

from readiness.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_each_step_is_a_line(capsys):
    with progress(2, "probing") as done:
        done("tls")
        done("dns")
    assert capsys.readouterr().err.splitlines() == ["probing 1/2: tls", "probing 2/2: dns"]


def test_in_a_terminal_there_is_a_bar(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress(2, "probing") as done:
        done("tls")
        done("dns")
    assert "probing   0% |" in terminal.getvalue()
    assert "probing 1/2" not in terminal.getvalue()
