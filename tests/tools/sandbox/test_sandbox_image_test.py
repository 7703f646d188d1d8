"""`image-test`: programs run in an unpacked image, in a real sandbox."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import image_test as main_test
from distroless_python.errors import ToolError
from distroless_python.manifests.image import TestManifest
from distroless_python.sandbox import driving, unpacked_layers
from support.runnable import RunnableImage

SERVER = b"""
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"Hello World"
        self.send_response(200 if self.path in ("/", "/?again") else 404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
port = int(sys.argv[1])
if port:
    http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
sys.exit(3)
"""
WHO = b"""
import json, os, sys
def writable(path):
    try:
        open(path, "w").close()
    except OSError as error:
        return error.strerror
    return "yes"
print(json.dumps({
    "ids": [os.getuid(), os.getgid()],
    "env": {name: os.environ.get(name) for name in ("HOME", "LANG", "OWN", "PATH", "PYTHONPATH", "SECRET")},
    "cwd": os.getcwd(),
    "args": sys.argv[1:],
    "tmp": writable("/tmp/x"),
    "app": writable("/app/x"),
    "private": os.access("/app/_main/private", os.R_OK),
    "home": os.access("/home/nonroot", os.W_OK),
    "shell": os.path.exists("/bin/sh"),
    "interfaces": sorted(os.listdir("/proc/sys/net/ipv4/conf")),
    "processes": len([name for name in os.listdir("/proc") if name.isdigit()]) < 5,
}))
"""
PYTEST = """
import os, sys
with open(os.environ["TEST_UNDECLARED_OUTPUTS_DIR"] + "/args", "w") as stream:
    stream.write(" ".join(sys.argv[1:]))
with open(next(a for a in sys.argv if a.startswith("--junitxml=")).partition("=")[2], "w") as stream:
    stream.write("<x/>")
"""

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")


class Image(RunnableImage):
    """The image of most tests here."""

    def __init__(self, directory: Path) -> None:
        files = {"app/_main/server.py": SERVER, "app/_main/who.py": WHO, "app/_main/private": b""}
        super().__init__(directory, files, ["8000"], env={"OWN": "image"})

    def test(self, *extra: str, **fields: Any) -> int:
        return self.run(main_test.main, *extra, **fields)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return Image(tmp_path_factory.mktemp("sandbox"))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where unpacked layers are kept."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def bazel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kept: Path) -> None:
    """What Bazel tells this test is not for the tests that it runs."""
    for name in ("TESTBRIDGE_TEST_ONLY", "TEST_UNDECLARED_OUTPUTS_DIR", "XML_OUTPUT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TEST_TMPDIR", str(tmp_path))
    monkeypatch.setenv(unpacked_layers.VARIABLE, str(kept))


def test_a_program_sees_what_it_would_see_in_a_container(
    image: Image, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRET", "of the machine")
    assert image.test("--extra", main="/app/_main/who.py", env={"PYTHONPATH": "/tests"}) == 0
    assert json.loads(capfdbinary.readouterr().out) == {
        "ids": [65532, 65532],
        "env": {
            "HOME": "/home/nonroot",
            "LANG": "C.UTF-8",
            "OWN": "image",
            "PATH": "/usr/bin",
            "PYTHONPATH": "/app/_main:/tests",
            "SECRET": None,
        },
        "cwd": "/app/_main",
        "args": ["--extra"],
        "tmp": "yes",
        "app": "Read-only file system",
        "private": True,
        "home": False,
        "shell": False,
        "interfaces": ["all", "default", "lo"],
        "processes": True,
    }
    assert list(tmp_path.iterdir()) == []


def test_a_console_script_with_what_it_prints(image: Image) -> None:
    assert image.test(command=["/usr/local/bin/hello"], stdout="^hel+o$") == 0
    with pytest.raises(ToolError, match="//app:test: stdout: no match for '\\^bye'"):
        image.test(command=["/usr/local/bin/hello"], stdout="^bye")


def test_a_module(image: Image) -> None:
    assert image.test(module="site", stdout=r"^sys\.path = ") == 0


def test_the_entrypoint_with_other_arguments(image: Image) -> None:
    assert image.test(args=["0"], exit_code=3) == 0
    with pytest.raises(ToolError, match=r"//app:test: .*/server\.py 0 exited with 3, not 0"):
        image.test(args=["0"])


def test_mounts_outputs_and_filter(image: Image, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pytest.py").write_text(PYTEST)
    (tmp_path / "outputs").mkdir()
    monkeypatch.setenv("TEST_UNDECLARED_OUTPUTS_DIR", str(tmp_path / "outputs"))
    monkeypatch.setenv("TESTBRIDGE_TEST_ONLY", "one or two")
    monkeypatch.setenv("XML_OUTPUT_FILE", str(tmp_path / "test.xml"))
    mount = {"source": str(tmp_path / "pytest.py"), "target": "/tests/pytest.py"}
    assert image.test(module="pytest", module_args=["/tests"], mounts=[mount], env={"PYTHONPATH": "/tests"}) == 0
    arguments = (tmp_path / "outputs" / "args").read_text()
    assert arguments == "-p no:cacheprovider --junitxml=/.test/xml/test.xml -k one or two /tests"
    assert (tmp_path / "test.xml").read_text() == "<x/>"


def test_a_server_that_answers_as_expected(image: Image, capfd: pytest.CaptureFixture[str]) -> None:
    requests = [{"path": "/", "body": "Hello"}, {"path": "/?again"}]
    assert image.test(server={"port": 8000, "requests": requests}) == 0
    assert "GET /?again: as expected" in capfd.readouterr().err


def test_a_server_that_answers_otherwise(image: Image, capfd: pytest.CaptureFixture[str]) -> None:
    requests = [
        {"path": "/missing"},
        {"path": "/", "body": "Bye"},
    ]
    with pytest.raises(ToolError, match="//app:test: the server or its client did not do what is expected"):
        image.test(server={"port": 8000, "requests": requests})
    said = capfd.readouterr().err
    assert "GET /missing: status 404, not 200\n" in said
    assert "GET /: no match for 'Bye' in the 11 bytes b'Hello World'\n" in said


def test_a_client_beside_the_server(image: Image, tmp_path: Path) -> None:
    client = "import http.client, os\nhost = os.environ['BASE_URL'].partition('//')[2]\n"
    client += "connection = http.client.HTTPConnection(host)\nconnection.request('GET', '/')\n"
    (tmp_path / "client.py").write_text(client + "print(connection.getresponse().read())\n")
    mount = {"source": str(tmp_path / "client.py"), "target": "/tests/client.py"}
    assert image.test(main="/tests/client.py", mounts=[mount], server={"port": 8000}, stdout="b'Hello World'") == 0
    with pytest.raises(ToolError, match="the server or its client did not do"):
        image.test(main="/tests/client.py", mounts=[mount], server={"port": 8000}, exit_code=1)


def test_a_server_that_does_not_start(
    image: Image, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ToolError):
        image.test(server={"port": 8000}, args=["0"])
    assert "exited with 3 before it listened on port 8000" in capfd.readouterr().err
    monkeypatch.setattr(driving, "_LISTEN_SECONDS", 1)
    with pytest.raises(ToolError):
        image.test(server={"port": 8001})
    assert "nothing listens on port 8001 after 1 seconds" in capfd.readouterr().err


def test_a_mount_of_nothing(image: Image) -> None:
    with pytest.raises(ToolError, match=r"//app:test: there is no file /nowhere to show at /tests"):
        image.test(module="platform", mounts=[{"source": "/nowhere", "target": "/tests"}])


def test_without_bubblewrap(image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(ToolError, match=r"//app:test: .* no bwrap .*\n.*install the Debian package bubblewrap"):
        image.test(module="platform")


def test_a_sandbox_that_cannot_be_made(image: Image, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bwrap = tmp_path / "bwrap"
    bwrap.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('bwrap: No permissions to create a namespace')\n")
    bwrap.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: str(bwrap))
    with pytest.raises(ToolError, match=r"could not be started: bwrap: No permissions .*\n.*user namespaces"):
        image.test(module="platform")


def test_an_image_without_an_entrypoint() -> None:
    with pytest.raises(ToolError, match="the image has no entrypoint"):
        main_test.entrypoint(TestManifest("//app:test", "", (), (), (), profile=""), {})
