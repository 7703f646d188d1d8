"""Persistent workers: many actions in one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import distroless_python.actions.main
from distroless_python.actions import worker
from support.properties import patient

ACTION = distroless_python.actions.main.__file__


def _serve(pieces: Iterable[bytes], run: Any) -> list[dict[str, Any]]:
    """What a worker answers to requests that arrive in these pieces."""
    inward, feed = os.pipe()
    answers, outward = os.pipe()

    def write() -> None:
        with os.fdopen(feed, "wb", buffering=0) as stream:
            for piece in pieces:
                stream.write(piece)

    feeder = threading.Thread(target=write)
    feeder.start()
    assert worker.serve(run, inward, outward) == 0
    feeder.join()
    os.close(inward)
    os.close(outward)
    with os.fdopen(answers, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def _request(lines: Iterable[str], number: int = 0) -> bytes:
    request = {
        "arguments": list(lines),
        "inputs": [{"path": "x}", "digest": "{}"}],
        **({"requestId": number} if number else {}),
    }
    return json.dumps(request, ensure_ascii=False).encode()


@patient
@given(
    st.lists(st.lists(st.text().filter(lambda text: "\n" not in text and "\r" not in text), max_size=3), max_size=4),
    st.sampled_from([b"", b"\n", b" \r\n"]),
    st.integers(1, 40),
)
def test_requests_may_be_cut_anywhere(requests: list[list[str]], between: bytes, size: int) -> None:
    sent = b"".join(_request(lines, number) + between for number, lines in enumerate(requests))
    seen: list[list[str]] = []

    def run(path: str) -> int:
        seen.append(Path(path).read_text(encoding="utf-8").split("\n")[:-1])
        return len(seen)

    answers = _serve((sent[at : at + size] for at in range(0, len(sent), size)), run)
    assert seen == requests
    assert answers == [{"exitCode": n + 1, "output": "", "requestId": n} for n in range(len(requests))]


def test_an_error_is_its_actions_own(capfd: pytest.CaptureFixture[str]) -> None:
    def run(path: str) -> int:
        print("to", "stdout")
        print("to stderr", file=sys.stderr)
        if "bad" in Path(path).read_text():
            raise RuntimeError("broken")
        return 0

    bad, good = _serve([_request(["bad"]) + _request(["good"])], run)
    assert bad["exitCode"] == 1
    assert bad["output"].startswith("to stdout\nto stderr\nTraceback")
    assert bad["output"].endswith("RuntimeError: broken\n")
    assert good == {"exitCode": 0, "output": "to stdout\nto stderr\n", "requestId": 0}
    assert capfd.readouterr() == ("", "")


def test_the_action_program_works_both_ways(tmp_path: Path) -> None:
    job = {key: str(tmp_path / key) for key in ("index", "descriptor", "digest_file")}
    lines = [json.dumps({**job, "images": [], "annotations": {}, "label": "//:index"}), '{"action": "index"}']
    (tmp_path / "manifest").write_text("".join(f"{line}\n" for line in lines))
    python = [sys.executable, "-I", "-S", "-B", ACTION]

    alone = subprocess.run([*python, f"@{tmp_path}/manifest"], capture_output=True, text=True, check=False)
    assert alone.returncode == 1
    assert alone.stderr.startswith("error: //:index: platforms: is an index of no images")

    result = subprocess.run(
        [*python, "--persistent_worker"], input=_request(lines, 7) * 2, capture_output=True, check=True
    )
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert answers == [{"exitCode": 1, "output": alone.stderr, "requestId": 7}] * 2


def test_a_manifest_without_an_action_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest").write_text('{"label": "//:image"}\n')
    result = subprocess.run(
        [sys.executable, ACTION, f"@{tmp_path}/manifest"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "names no action" in result.stderr
    assert "Traceback" not in result.stderr
