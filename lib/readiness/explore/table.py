"""Tables that can be sorted and searched, without a network: DataTables comes with itables, and into the notebook."""

from typing import Any

import pandas as pd

from readiness.report.words import visible

PAGE = 15
"""Rows that are shown at once."""
_LONG = 4_000
"""Characters of one cell that are shown at most."""


class Table:
    """A frame as a table that can be sorted and searched.

    Args:
        frame: What is shown, foreign texts and all: they are escaped.
        caption: What it is, in a few words.
    """

    def __init__(self, frame: pd.DataFrame, caption: str = "") -> None:
        self.frame = frame
        self.caption = caption

    def __repr__(self) -> str:
        return f"<table of {len(self.frame)} rows: {self.caption}>"

    def _repr_html_(self) -> str:
        from itables import to_html_datatable

        texts = [name for name in self.frame if not pd.api.types.is_numeric_dtype(self.frame[name])]
        plain = self.frame.assign(
            **{name: [_text(value) for value in self.frame[name]] for name in map(str, texts)}
        ).reset_index(drop=True)
        return str(
            to_html_datatable(
                plain,
                caption=self.caption or None,
                connected=False,
                allow_html=False,
                display_logo_when_loading=False,
                showIndex=False,
                maxBytes=0,
                pageLength=PAGE,
                classes="display compact",  # cells wrap
                style="table-layout:auto;width:100%;margin:0;caption-side:top",
                columnDefs=[{"className": "dt-left", "targets": "_all"}],
            )
        )


def offline() -> None:
    """Make tables work in this notebook; the cell's output carries DataTables and has to stay."""
    from itables import init_notebook_mode

    init_notebook_mode(all_interactive=False, connected=False)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else visible(value, _LONG)
