"""Code of a deployment that is called while its node is made, checked or shown."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import Final

from gwproactor.app.ended import EndedBySignal
from gwproactor.domain.supervision import GOES_THROUGH

# What is not contained there. Raise these again, and then catch BaseException.
PASSED_ON: Final = (EndedBySignal, *GOES_THROUGH)


@contextlib.contextmanager
def prints_to_stderr() -> Iterator[None]:
    """What is printed meanwhile, also by programs that are started, goes to standard error: a
    command's own data is alone on standard output.
    """
    with contextlib.redirect_stdout(sys.stderr), _file_of_stdout_is_that_of_stderr():
        yield


@contextlib.contextmanager
def _file_of_stdout_is_that_of_stderr() -> Iterator[None]:
    """Nothing happens where they are no files, as in a test, or are closed."""
    try:
        assert sys.__stdout__ is not None
        assert sys.__stderr__ is not None
        out, err = sys.__stdout__.fileno(), sys.__stderr__.fileno()
        sys.__stdout__.flush()
        kept = os.dup(out)
    except (AssertionError, ValueError, OSError, io.UnsupportedOperation):
        yield
        return
    try:
        os.dup2(err, out)
        yield
    finally:
        with contextlib.suppress(OSError):
            sys.__stdout__.flush()
        os.dup2(kept, out)
        os.close(kept)
