"""Many problems of one piece of work, collected and reported as one."""

import textwrap
import traceback
from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from gwproactor.domain.events import ProblemEvent, ProblemType
from gwproactor.domain.short_text import short_details, short_summary

# What `max_problems` is where there is no limit, as in the original library.
NO_MAX: Final = 1_000_000_000


class Problems(ValueError):  # noqa: N818 - the original library's name
    """Errors and warnings: those that it is made with, and what is added while there are fewer than
    `max_problems` of the kind (None: no limit); the rest is counted in `left_out`.

    Like an exception it can be raised, and it can be returned as a value. As text it lists them,
    and without any it is empty; *msg* is not shown.
    """

    MAX_PROBLEMS: Final = 10

    max_problems: int = MAX_PROBLEMS

    def __init__(
        self,
        msg: str = "",
        warnings: Sequence[BaseException] | None = None,
        errors: Sequence[BaseException] | None = None,
        max_problems: int | None = MAX_PROBLEMS,
    ) -> None:
        super().__init__(msg)
        self.max_problems = NO_MAX if max_problems is None else max_problems
        self.errors: list[BaseException] = list(errors or ())
        self.warnings: list[BaseException] = list(warnings or ())
        self.left_out = 0

    def __bool__(self) -> bool:
        return bool(self.errors or self.warnings)

    def __len__(self) -> int:
        return len(self.errors) + len(self.warnings)

    @override
    def __str__(self) -> str:
        if not self:
            return ""
        counts = f"{len(self.errors)} errors, {len(self.warnings)} warnings"
        left_out = f"{self.left_out} more left out\n" if self.left_out else ""
        return "".join(
            (
                f"Problems: {counts}, max: {self.max_problems}",
                _listed("Errors", self.errors),
                _listed("Warnings", self.warnings),
                left_out,
            )
        )

    @override
    def __repr__(self) -> str:
        return str(self)

    def add_error(self, error: BaseException) -> "Problems":
        return self._add(self.errors, error)

    def add_warning(self, warning: BaseException) -> "Problems":
        return self._add(self.warnings, warning)

    def add_problems(self, other: "Problems") -> "Problems":
        """Take over what *other* holds, as far as there is room."""
        for error in other.errors:
            self.add_error(error)
        for warning in other.warnings:
            self.add_warning(warning)
        self.left_out += other.left_out
        return self

    def error_traceback_str(self) -> str:
        """Each error with its traceback."""
        return "".join(
            f"Traceback for error {number} / {len(self.errors)}:\n"
            + "".join(textwrap.indent(line, "  ") for line in traceback.format_exception(error))
            for number, error in enumerate(self.errors, 1)
        )

    def details(self) -> str:
        """All of them as a list, then each error with its traceback; however long that is."""
        return "\n".join(filter(None, (str(self), self.error_traceback_str())))

    def problem_event(self, summary: str, src: str = "") -> ProblemEvent:
        """The event that reports these problems: an error if there is one, else a warning. Long
        texts are cut.
        """
        return ProblemEvent(
            src=src,
            problem_type=ProblemType.ERROR if self.errors else ProblemType.WARNING,
            summary=short_summary(summary),
            details=short_details(self.details()),
        )

    def _add(self, problems: list[BaseException], problem: BaseException) -> "Problems":
        if len(problems) < self.max_problems:
            problems.append(problem)
        else:
            self.left_out += 1
        return self


def _listed(title: str, problems: Sequence[BaseException]) -> str:
    if not problems:
        return ""
    lines = (
        f"  {number:2d}: <{type(problem).__name__}>  <{_text(problem)}>\n"
        for number, problem in enumerate(problems)
    )
    return f"\n{title}:\n{''.join(lines)}"


def _text(problem: BaseException) -> str:
    """Those that collect problems must not fail because one of them cannot be told."""
    try:
        return str(problem)
    except Exception:
        return "its text cannot be made"
