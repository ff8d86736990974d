"""How the platform behaves in the web app that people see in a browser."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Web:
    """Right by default."""

    web_shows_busy: bool = True
    web_submits_once: bool = True
    web_section_removed: str = ""
    web_section_throws: str = ""
    web_name_labelled: bool = True
    web_untranslated: str = ""
    web_tracks_unasked: bool = False
    web_policy: Literal["whole", "missing", "start page"] = "whole"
    web_sign_up_reads_answer: bool = True
