"""What ends a command whose output cannot be written."""

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typing_extensions import override

FAILED_CODE: Final = 1
UNUSABLE_CODE: Final = 2
# What a shell shows of a program that SIGPIPE ended: nobody reads on, so not all was written.
CLOSED_PIPE_CODE: Final = 141

# Of a file that is written. The error names none: it was opened by the shell.
OF_WRITES: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.ENXIO}
)


@contextlib.contextmanager
def explained_output() -> Iterator[None]:
    """An output that cannot be written ends the command with one line; a reader that went away
    without any. Other errors are raised.
    """
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:  # so it is where a shell closed it
                sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
        raise typer.Exit(CLOSED_PIPE_CODE) from None
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # rich, which writes help
            raise typer.Exit(CLOSED_PIPE_CODE) from None
        raise
    except OSError as error:
        if error.errno not in OF_WRITES or error.filename is not None:
            raise
        _forget_stdout()
        with contextlib.suppress(OSError):
            typer.echo(f"the output: {error.strerror}", err=True)
        raise typer.Exit(UNUSABLE_CODE) from None


class Commands(TyperGroup):
    """All commands, of each of which this is true, and of what help and version write."""

    @override
    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with explained_output():
            try:
                return super().make_context(*args, **kwargs)
            except OSError as error:
                if error.filename is None:
                    raise
                # No option but this one opens files by itself.
                what = f"{error.filename}: {error.strerror}"
                typer.echo(f"completion cannot be installed: {what}", err=True)
                raise typer.Exit(FAILED_CODE) from None

    @override
    def invoke(self, *args: Any, **kwargs: Any) -> Any:
        with explained_output():
            return super().invoke(*args, **kwargs)


def _forget_stdout() -> None:
    """What is buffered for it would fail once more when Python ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
