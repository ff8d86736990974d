"""Tables that can be sorted and searched, without a network: DataTables comes with itables, and into the notebook."""

from typing import Any

import pandas as pd

from readiness.report.words import visible

PAGES = [15, 50, 500]
"""Rows that can be shown at once; the first at first."""
_LONG = 4_000
"""Characters of one cell that are shown at most."""
_SHORT = 28
"""Characters up to which a column's texts are kept on one line."""


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

        plain = pd.DataFrame({name: _plain(self.frame[name]) for name in map(str, self.frame)})
        short = [place for place, name in enumerate(plain) if plain[name].astype(str).str.len().max() <= _SHORT]
        return str(
            to_html_datatable(
                plain,
                caption=self.caption or None,
                connected=False,
                allow_html=False,
                display_logo_when_loading=False,
                showIndex=False,
                maxBytes=0,
                pageLength=PAGES[0],
                lengthMenu=PAGES,
                layout={"topStart": "search", "topEnd": "pageLength", "bottomStart": "info", "bottomEnd": "paging"},
                classes="display compact",  # without nowrap: long texts wrap
                style="table-layout:auto;width:100%;margin:0;caption-side:top",
                columnDefs=[
                    {"className": "dt-left dt-nowrap", "targets": short},
                    {"className": "dt-left", "targets": "_all"},
                ],
            )
        )


def offline() -> None:
    """Make tables work in this notebook; the cell's output carries DataTables and has to stay."""
    from IPython.display import display
    from IPython.utils.capture import capture_output
    from itables import init_notebook_mode

    with capture_output() as shown:
        init_notebook_mode(all_interactive=False, connected=False)
    for output in reversed(shown.outputs):  # what it shows first needs what it shows last
        display(output)  # type: ignore[no-untyped-call]


def _plain(column: "pd.Series[Any]") -> list[Any]:
    """The column's values with nothing hidden in them; what is missing is empty."""
    number = pd.api.types.is_numeric_dtype(column)
    return ["" if pd.isna(value) else value if number else visible(value, _LONG) for value in column]
