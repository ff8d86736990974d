"""Variables: settings that code reads, in the ways in which it reads them."""

import pytest
from readiness.artefacts import Unreadable
from readiness.artefacts.variables import variables

PYTHON = b"""
import os
from typing import ClassVar
from pydantic import Field, AliasChoices
from pydantic_settings import BaseSettings, SettingsConfigDict

class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="app_")
    kind: ClassVar[str] = "x"
    database_url: str
    pool: int = 5
    key: str = Field(validation_alias=AliasChoices("SIGNING_KEY", "KEY"))

a = os.environ["ONE"]
b = os.environ.get("TWO", "x")
c = os.getenv("THREE")
d = os.environ[name]
"""


def test_what_python_reads_is_found():
    found = {"APP_DATABASE_URL", "APP_POOL", "SIGNING_KEY", "KEY", "ONE", "TWO", "THREE"}
    assert variables("a.py", PYTHON) == found


def test_what_javascript_reads_is_found():
    text = b"const a = process.env.API_URL; const b = process.env['OTHER']; import.meta.env.VITE_X; process.env.lower"
    assert variables("a.ts", text) == {"API_URL", "OTHER", "VITE_X"}


def test_python_that_does_not_parse_is_refused():
    with pytest.raises(Unreadable, match="does not parse"):
        variables("a.py", b"def (")
