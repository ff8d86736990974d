"""The channel of a worker on a Dask cluster: the scheduler is asked in a thread, so that no request waits for it."""

import threading
import time
from dataclasses import asdict
from typing import Any, Self

from readiness.load.channel import Tidings

ASK_S = 0.25
"""How often the scheduler is asked whether to stop."""


class Remote:
    """A `Channel` by the scheduler's metadata and events.

    Args:
        name: Of the metadata and of the topic.
    """

    def __init__(self, name: str) -> None:
        from distributed import get_client, get_worker

        self._name, self._worker = name, get_worker()
        self._client: Any = get_client()
        self._start, self._stop = 0.0, False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()

    def ready(self, worker: int) -> None:
        """See `Channel`."""
        self.tell(Tidings(worker))

    def starts_at(self) -> float:
        """See `Channel`."""
        return self._start

    def stopped(self) -> bool:
        """See `Channel`."""
        return self._stop

    def tell(self, tidings: Tidings) -> None:
        """See `Channel`."""
        self._worker.log_event(self._name, {"tidings": asdict(tidings)})  # which adds the worker's address to it

    def _ask(self) -> None:
        while not self._done.is_set():
            try:
                told = self._client.get_metadata([self._name], default=None)
            except Exception:  # whatever it is, nobody can tell this worker to stop any more
                told = None
            if told is None:
                self._stop = True
                return
            self._start, self._stop = told["start"], told["stop"]
            time.sleep(ASK_S if self._start else 0.02)
