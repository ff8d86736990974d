"""Progress of long work: a bar where there is a terminal, a plain line a step where there is none."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


@contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[str], None]]:
    """Show progress on stderr.

    Args:
        total: Number of steps.
        what: What is being done, one or two words.

    Yields:
        A function to be called with the name of each step that is done.
    """
    if sys.stderr.isatty():
        with tqdm(total=total, desc=what, unit="", leave=False, file=sys.stderr, bar_format=_FORMAT) as bar:

            def advance(step: str) -> None:
                bar.set_postfix_str(step)
                bar.update()

            yield advance
        return
    done = 0

    def tell(step: str) -> None:
        nonlocal done
        done += 1
        with contextlib.suppress(OSError):  # whoever read this has left; the work goes on
            print(f"{what} {done}/{total}: {step}", file=sys.stderr, flush=True)

    yield tell


_FORMAT = "{desc} {percentage:3.0f}% |{bar:30}| {n_fmt}/{total_fmt} {postfix}"
