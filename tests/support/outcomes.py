"""What a tool makes of an input: its result, or the error that it reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, Union

from distroless_python.errors import ToolError

T = TypeVar("T")


def outcome(call: Callable[[], T]) -> Union[T, ToolError]:
    """The result of `call`, or the ToolError it raised; any other error is a bug and goes on."""
    try:
        return call()
    except ToolError as error:
        return error


def value_or_error(call: Callable[[], T]) -> Union[T, ValueError]:
    """The result of `call`, or the ValueError it raised; any other error is a bug and goes on."""
    try:
        return call()
    except ValueError as error:
        return error
