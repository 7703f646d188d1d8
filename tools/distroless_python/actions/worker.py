"""Bazel's persistent workers, in JSON: one process runs many actions, each as if it were alone.

https://bazel.build/remote/creating
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import traceback
from collections.abc import Callable, Iterator
from typing import Any

_PIECE = 1 << 16


def serve(run: Callable[[str], int], requests: int = 0, answers: int = 1) -> int:
    """Runs actions until the requests end.

    Args:
        run: runs the action of a manifest's path, and returns its exit code.
        requests: the file descriptor that WorkRequests are read from.
        answers: the one that WorkResponses are written to; what else is written there goes to stderr.
    """
    with os.fdopen(os.dup(answers), "w", encoding="utf-8") as output:
        os.dup2(2, answers)
        for request in _requests(requests):
            code, said = _one(request.get("arguments", ()), run)
            json.dump({"exitCode": code, "output": said, "requestId": request.get("requestId", 0)}, output)
            output.write("\n")
            output.flush()
    return 0


def _one(lines: list[str], run: Callable[[str], int]) -> tuple[int, str]:
    """Runs one action, whose manifest has `lines`: its exit code and what it printed."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), tempfile.NamedTemporaryFile("w") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        try:
            code = run(file.name)
        except Exception:  # as in a process of its own: the next action is another one's
            traceback.print_exc()
            code = 1
    return code, said.getvalue()


def _requests(descriptor: int) -> Iterator[dict[str, Any]]:
    """JSON objects, with or without a line end after each."""
    decoder, waiting = json.JSONDecoder(), b""
    while data := os.read(descriptor, _PIECE):
        waiting += data
        while waiting.rstrip().endswith(b"}"):  # else the rest of it is still to come
            text = waiting.decode().lstrip()
            try:
                request, end = decoder.raw_decode(text)
            except ValueError:
                break
            waiting = text[end:].encode()
            yield request
