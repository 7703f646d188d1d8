"""`image-starts`: programs that start and programs that do not, in a real sandbox."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import image_starts
from distroless_python.errors import ToolError
from distroless_python.sandbox import driver, driving, unpacked_layers
from support.runnable import RunnableImage

SERVER = b"""
import os, signal, socket, sys, time

def stop(number, frame):
    print("stopped by", signal.Signals(number).name, flush=True)
    sys.exit(0)

def listen(host, port):
    server = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    server.settimeout(30)
    return server

def main(how):
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if how == "refused":
        socket.create_connection(("127.0.0.1", 5432))
    if how == "exits":
        print("no DATABASE_URL", flush=True)
        sys.exit(int(os.environ.get("CODE", "3")))
    if how == "writes":
        place = os.environ["PLACE"]
        print("found", sorted(os.listdir(place)), flush=True)
        os.mkdir(place + "/made")
    if how == "sleeps":
        time.sleep(60)
    host = {"loopback": "127.0.0.1", "loopback6": "::1"}.get(how, "0.0.0.0")
    server = listen(host, 8000)
    if how == "more":
        more = listen("127.0.0.1", 8001)
    connection = server.accept()[0]  # the driver looks whether somebody listens
    connection = server.accept()[0]
    if how == "dies":
        sys.exit(5)
    if how == "silent":
        time.sleep(60)
    if how == "loops":
        while True:
            if not os.fork():
                time.sleep(0.2)
                raise ImportError("libmissing.so.1: cannot open shared object file")
            os.wait()
    if how.startswith("error"):
        while True:
            try:
                try:
                    raise eval(os.environ["FIRST"])
                except ConnectionError:
                    raise RuntimeError("the database")
            except Exception:
                sys.__excepthook__(*sys.exc_info())
            connection.sendall(b"HTTP/1.1 500 Internal Server Error\\r\\n\\r\\n")
            connection.close()
            connection = server.accept()[0]
    while how == "unwell":
        connection.sendall(b"HTTP/1.1 503 Service Unavailable\\r\\n\\r\\n")
        connection.close()
        connection = server.accept()[0]
    connection.sendall(b"HTTP/1.1 404 Not Found\\r\\n\\r\\n")
    time.sleep(60)

main(os.environ["HOW"])
"""

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> RunnableImage:
    directory = tmp_path_factory.mktemp("starts")
    files = {"app/_main/server.py": SERVER, "app/_main/media/a.txt": b""}
    config = {"exposed_ports": ["8000", "53/udp"], "stop_signal": "SIGINT", "volumes": ["/app/_main/media"]}
    return RunnableImage(directory, files, **config)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def bazel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kept: Path) -> None:
    """What Bazel tells this test is not for the tests that it runs."""
    for name in ("DISTROLESS_STARTS", "XML_OUTPUT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEST_TMPDIR", str(tmp_path))
    monkeypatch.setenv(unpacked_layers.VARIABLE, str(kept))


def starts(image: RunnableImage, how: str, **fields: Any) -> int:
    env = {"HOW": how, **fields.pop("env", {})}
    manifest = {"image_label": "//app:image", "by_macro": True, "env": env, **fields}
    return image.run(image_starts.main, **manifest)


def test_a_server(image: RunnableImage, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert starts(image, "serves") == 0
    said = capfd.readouterr()
    assert "GET / on port 8000: HTTP/1.1 404 Not Found" in said.err + said.out
    assert "stopped by SIGINT" in said.out
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_ends_before_it_listens(image: RunnableImage, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ToolError) as caught:
        starts(image, "exits", env={"CODE": "7"})
    assert str(caught.value).splitlines() == [
        "error: //app:test: the image does not start: it exited with 7 before it listened on port 8000",
        f"    program: {image.python} /app/_main/server.py (its output is above)",
        "    waited for: port 8000",
        "    remedy: to look at it, `bazel run //app:image.run`; where it needs a variable, "
        'write starts = {"env": {"NAME": "value"}}; '
        "a program that is to end is not a service: take `starts` away, and write a py_image_test",
    ]
    assert "no DATABASE_URL" in capfd.readouterr().out


def test_a_program_that_ends_when_it_is_asked(image: RunnableImage) -> None:
    with pytest.raises(ToolError, match="it exited with 5 when it listened on port 8000 and was asked for /"):
        starts(image, "dies")


@pytest.mark.parametrize("how", ["loopback", "loopback6"])
def test_a_server_that_nobody_outside_reaches(image: RunnableImage, how: str) -> None:
    with pytest.raises(
        ToolError, match=r"listens on port 8000 of loopback only.*\n.*\n.*\n.*remedy: bind to 0\.0\.0\.0"
    ):
        starts(image, how)


def test_ports_that_were_given(image: RunnableImage, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolError, match="it listens on port 8001 of loopback only"):
        starts(image, "more", ports=[8000, 8001])
    monkeypatch.setattr(driving, "_LISTEN_SECONDS", 1)
    with pytest.raises(
        ToolError, match=r"nothing listens on port 9 after 1 seconds.*\n.*\n.*waited for: port 9\n.*ports = \[8080\]"
    ):
        starts(image, "sleeps", ports=[9], by_macro=False)


def test_another_protocol_than_http(
    image: RunnableImage, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    impatient = tmp_path / "driver.py"
    text = Path(driver.__file__).read_text(encoding="utf-8")
    impatient.write_text(text.replace("_SILENT_SECONDS = 10", "_SILENT_SECONDS = 1"))
    monkeypatch.setattr(driver, "__file__", str(impatient))
    assert starts(image, "silent") == 0
    assert "GET / on port 8000: nothing" in capfd.readouterr().out


def test_answers_that_are_all_errors(image: RunnableImage, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(
        ToolError,
        match=r"every answer is an error: GET /well on port 8000: HTTP/1.1 500 Internal Server Error: "
        r"FileNotFoundError: index.html\n.*\n.*\n.*where another page .* starts = {\"path\": \"/health\"}",
    ):
        starts(image, "error", path="/well", env={"FIRST": "FileNotFoundError('index.html')"})
    capfd.readouterr()
    assert starts(image, "error", env={"FIRST": "ConnectionRefusedError('no database')"}) == 0
    said = capfd.readouterr().out
    assert "GET / on port 8000: HTTP/1.1 500 Internal Server Error: ConnectionRefusedError: no database\nThat s" in said


def test_errors_that_nothing_explains(image: RunnableImage, capfd: pytest.CaptureFixture[str]) -> None:
    assert starts(image, "unwell") == 0
    assert "GET / on port 8000: HTTP/1.1 503 Service Unavailable" in capfd.readouterr().out


def test_workers_that_end_over_and_over(image: RunnableImage) -> None:
    with pytest.raises(
        ToolError,
        match="3 workers ended one after another, and GET / on port 8000 is not answered: ImportError: libmissing",
    ):
        starts(image, "loops")


@pytest.mark.parametrize("ports", [None, ()])
def test_a_database_that_is_not_there(
    image: RunnableImage, capfd: pytest.CaptureFixture[str], ports: tuple[int, ...] | None
) -> None:
    assert starts(image, "refused", ports=ports, seconds=30) == 0
    said = capfd.readouterr().out
    assert "it exited with 1 before" in said
    assert "Connection refused\nThat service is not here: up to there it starts." in said


def test_volumes_can_be_written_to(image: RunnableImage, capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert starts(image, "writes", env={"PLACE": "media"}) == 0
        assert "found ['a.txt']" in capfd.readouterr().out
    with pytest.raises(
        ToolError,
        match=r"Read-only file system: './made'\n.*\n.*\n    remedy: where it writes to that directory, "
        r'write volumes = \["/app/_main/made"\] in //app:image; where it is a file, symlinks = '
        r'{"/app/_main/made": "/data/made"} and volumes = \["/data"\]; to look',
    ):
        starts(image, "writes", env={"PLACE": "."})


def test_a_program_without_a_port(image: RunnableImage) -> None:
    assert starts(image, "sleeps", ports=[], seconds=1) == 0
    with pytest.raises(
        ToolError, match=r"exited with 0 before 30 seconds were over\n.*\n    waited for: 30 seconds without"
    ):
        starts(image, "exits", env={"CODE": "0"}, ports=[], seconds=30)


def test_without_bubblewrap_it_is_skipped(
    image: RunnableImage, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setenv("XML_OUTPUT_FILE", str(tmp_path / "test.xml"))
    assert starts(image, "serves") == 0
    assert capfd.readouterr().out.startswith("SKIPPED: //app:test: the image's sandbox needs bubblewrap")
    assert "<skipped message=\"the image's sandbox needs bubblewrap" in (tmp_path / "test.xml").read_text()
    monkeypatch.setenv("DISTROLESS_STARTS", "required")
    with pytest.raises(ToolError, match="no bwrap on this machine"):
        starts(image, "serves")


def test_without_namespaces_it_is_skipped(
    image: RunnableImage, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bwrap = tmp_path / "bwrap"
    bwrap.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('bwrap: No permissions to create a namespace')\n")
    os.chmod(bwrap, 0o755)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: str(bwrap))
    assert starts(image, "serves") == 0
    said = capfd.readouterr().out
    assert "bwrap: No permissions" in said
    assert (
        "SKIPPED: //app:test: bubblewrap could not make the sandbox, see its message above\n"
        "    remedy: allow unprivileged" in said
    )
