"""The engine: papermill's own, which writes a notebook when it has ended instead of twice for each of its cells."""

from typing import Any

from papermill.engines import NBClientEngine, papermill_engines


class Sparing(NBClientEngine):  # type: ignore[misc]
    """Executes as papermill does. What there is, is written however the execution ends, up to a cell that fails."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> None:
        """Execute the notebook that is managed, unwritten; papermill writes it right after."""
        nb_man.save = lambda **nothing: None
        try:
            super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
        finally:
            del nb_man.save


papermill_engines.register(Sparing.__name__, Sparing)
