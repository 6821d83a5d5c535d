"""Expected trouble as a value: every result is a success or a typed problem.

A sealed union, so that mypy narrows it in a `match` and proves that both cases are handled
(`returns.result.Result` is not sealed: matching on it binds `Any`).
"""

from typing import TypeAlias, TypeVar

from returns.result import Failure, Success

T = TypeVar("T")
E = TypeVar("E")

Outcome: TypeAlias = Success[T] | Failure[E]

__all__ = ["Failure", "Outcome", "Success"]
