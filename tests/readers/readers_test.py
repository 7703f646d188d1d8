"""Other programs read the Django image: from its layout and from a registry."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import real_registry
import structure
import yaml
from programs import HOW, Program, program
from real_registry import RealRegistry

LAYOUT = Path(os.environ["LAYOUT"]).resolve()
INDEX = json.loads((LAYOUT / "index.json").read_text())["manifests"][0]
MANIFEST = json.loads((LAYOUT / "blobs/sha256" / INDEX["digest"][7:]).read_text())
CONFIG = json.loads((LAYOUT / "blobs/sha256" / MANIFEST["config"]["digest"][7:]).read_text())
DIGEST = INDEX["digest"]
READ: dict[str, list[str]] = {}
"""What was read with which program, for the table."""


def read(tool: Program, what: str) -> None:
    READ.setdefault(f"{tool.name} {tool.version()}", []).append(what)


@pytest.fixture(scope="session", autouse=True)
def _table() -> Iterator[None]:
    yield
    names = {line.partition(" ")[0] for line in READ}
    rows = [f"| {name} | {'; '.join(dict.fromkeys(what))} |" for name, what in sorted(READ.items())]
    rows += [f"| {name} | not installed: `{HOW[name]}` |" for name in sorted(HOW.keys() - names)]
    print("\n".join(["", "| with | what was read |", "| --- | --- |", *rows]))


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nobody's own settings and caches."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        (home / "config.json").write_text("{}")
        patch.setenv("DOCKER_CONFIG", str(home))
        patch.setenv("HOME", str(home))
        for name in ("SYFT_CHECK_FOR_APP_UPDATE", "GRYPE_CHECK_FOR_APP_UPDATE", "GRYPE_DB_AUTO_UPDATE"):
            patch.setenv(name, "false")
        yield


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRegistry]:
    with real_registry.running(tmp_path_factory.mktemp("registry")) as found:
        command = [os.path.abspath(os.environ["PUSH"]), "--repository", f"{found.host}/django", "--tag", "latest"]
        subprocess.run(command, check=True, capture_output=True)
        yield found


@pytest.fixture(scope="session")
def components() -> dict[str, Counter[tuple[str, str]]]:
    """The wheels and Debian packages of the image, as our own SBOM has them: name and version."""
    path = next(path for path in os.environ["SBOM"].split() if path.endswith(".cdx.json"))
    found: dict[str, Counter[tuple[str, str]]] = {"pypi": Counter(), "deb": Counter()}
    for part in json.loads(Path(path).read_text())["components"]:
        kind, _, rest = part.get("purl", "").removeprefix("pkg:").partition("/")
        if kind in found:
            found[kind][part["name"], part["version"]] += 1
        assert rest or not kind
    assert len(found["pypi"]) >= 5
    assert len(found["deb"]) >= 35
    return found


def purls(parts: Any) -> dict[str, Counter[tuple[str, str]]]:
    """Wheels and Debian packages among CycloneDX components of somebody else."""
    found: dict[str, Counter[tuple[str, str]]] = {"pypi": Counter(), "deb": Counter()}
    for part in parts:
        match = re.match(r"pkg:(pypi|deb)/(?:[^/@]+/)?([^@]+)@([^?]+)", part.get("purl") or "")
        if match:
            found[match[1]][unquote(match[2]), unquote(match[3])] += 1
    return found


def copy_of(directory: Path) -> Path:
    """The layout as somebody takes it along."""
    return Path(shutil.copytree(LAYOUT, directory / "layout"))


def archive(directory: Path) -> Path:
    """The layout as one tar file."""
    path = directory / "layout.tar"
    with tarfile.open(path, "w") as tar:
        for name in sorted(os.listdir(LAYOUT)):
            tar.add(LAYOUT / name, name)
    return path


def test_crane(registry: RealRegistry) -> None:
    crane = program("crane")
    crane("push", "--insecure", str(LAYOUT), f"{registry.host}/by-crane:latest")
    read(crane, "layout")
    for name in ("by-crane", "django"):
        assert crane("digest", "--insecure", f"{registry.host}/{name}:latest").strip() == DIGEST
        crane("validate", "--insecure", "--remote", f"{registry.host}/{name}:latest")
    listing = subprocess.run(
        [crane.path, "export", "--insecure", f"{registry.host}/django:latest", "-"], capture_output=True, check=True
    ).stdout
    assert b"app/_main/examples/django/manage.py" in listing
    read(crane, "registry")


@pytest.mark.parametrize("source", ["layout", "registry"])
def test_syft(source: str, registry: RealRegistry, components: dict[str, Counter[tuple[str, str]]]) -> None:
    syft = program("syft")
    name = f"oci-dir:{LAYOUT}" if source == "layout" else f"registry:{registry.host}/django:latest"
    said = json.loads(syft("scan", name, "-q", "-o", "cyclonedx-json", SYFT_REGISTRY_INSECURE_USE_HTTP="true"))
    assert purls(said["components"]) == components
    read(syft, f"{source}: every wheel and package once")


@pytest.mark.parametrize("source", ["layout", "registry"])
def test_trivy(source: str, registry: RealRegistry, components: dict[str, Counter[tuple[str, str]]]) -> None:
    trivy = program("trivy")
    image = ["--input", str(LAYOUT)] if source == "layout" else ["--insecure", f"{registry.host}/django:latest"]
    said = json.loads(trivy("image", "--quiet", "--offline-scan", "--format", "cyclonedx", *image))
    assert purls(said["components"]) == components
    read(trivy, f"{source}: every wheel and package once")


def test_grype() -> None:
    grype = program("grype")
    said = subprocess.run(
        [grype.path, f"oci-dir:{LAYOUT}", "-q", "-o", "json"], capture_output=True, text=True, check=False
    )
    if "database" in said.stderr:
        pytest.skip("grype wants a database, which this test does not download")
    assert said.returncode == 0, said.stderr
    read(grype, "layout")


def test_skopeo(registry: RealRegistry, tmp_path: Path) -> None:
    skopeo = program("skopeo")
    policy = tmp_path / "policy.json"
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    for number, source in enumerate((f"oci:{LAYOUT}", f"docker://{registry.host}/django:latest")):
        copy = ["--policy", str(policy), "--tmpdir", str(tmp_path), "copy", "--quiet", "--src-tls-verify=false"]
        skopeo(*copy, source, f"oci:{tmp_path}/{number}:latest")
        index = json.loads((tmp_path / f"{number}/index.json").read_text())
        assert index["manifests"][0]["digest"] == DIGEST
    read(skopeo, "layout, registry")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image as umoci unpacks it, with owners where this is root."""
    umoci, place = program("umoci"), tmp_path_factory.mktemp("umoci")
    rootless = [] if os.geteuid() == 0 else ["--rootless"]
    umoci("unpack", *rootless, "--image", f"{copy_of(place)}:latest", str(place / "bundle"))
    read(umoci, "layout")
    return place / "bundle"


def test_umoci(bundle: Path) -> None:
    assert (bundle / "rootfs/app/_main/examples/django/manage.py").is_file()
    assert json.loads((bundle / "config.json").read_text())["process"]["user"]["uid"] == 65532


def test_structure_tests(bundle: Path) -> None:
    suite = yaml.safe_load((Path(__file__).parent / "structure.yaml").read_text())
    if os.geteuid():
        suite["fileExistenceTests"] = [{**test, "uid": os.geteuid()} for test in suite["fileExistenceTests"]]
    assert list(structure.failures(suite, bundle / "rootfs", CONFIG["config"])) == []
    wrong = {
        "fileExistenceTests": [{"name": "a", "path": "/bin/sh"}],
        "commandTests": [],
        "metadataTest": {"user": "0"},
    }
    assert len(list(structure.failures(wrong, bundle / "rootfs", CONFIG["config"]))) == 3


def test_podman(registry: RealRegistry, tmp_path: Path) -> None:
    podman = program("podman")
    store = ["--root", str(tmp_path / "root"), "--runroot", str(tmp_path / "run")]
    try:
        for source in (f"oci:{LAYOUT}", f"docker://{registry.host}/django:latest"):
            number = podman(*store, "pull", "--quiet", *(["--tls-verify=false"] if "docker" in source else []), source)
            image = json.loads(podman(*store, "image", "inspect", number.strip()))[0]
            assert image["Config"]["Entrypoint"] == CONFIG["config"]["Entrypoint"]
            assert image["RootFS"]["Layers"] == CONFIG["rootfs"]["diff_ids"]
            podman(*store, "rmi", "--all", "--force")
    finally:
        podman(*store, "system", "reset", "--force")
    read(podman, "layout, registry")


def test_docker(registry: RealRegistry) -> None:
    docker = program("docker")
    if subprocess.run([docker.path, "info"], capture_output=True, check=False).returncode:
        pytest.skip(f"no Docker daemon answers: {HOW['docker']}")
    name = f"{registry.host}/django@{DIGEST}"
    docker("pull", "--quiet", name)
    try:
        image = json.loads(docker("image", "inspect", name))[0]
        assert image["RootFS"]["Layers"] == CONFIG["rootfs"]["diff_ids"]
        code = "import django, PIL, sys; print(django.__version__, sys.version_info[:2])"
        said = docker("run", "--rm", "--network=none", "--read-only", "--entrypoint=/usr/bin/python3", name, "-c", code)
        assert said.split()[1:] == ["(3,", "13)"]
    finally:
        docker("rmi", "--force", name)
    read(docker, "registry, run")


@pytest.fixture
def containerd(tmp_path: Path) -> Iterator[Path]:
    """A containerd of its own."""
    daemon = shutil.which("containerd", path="/usr/bin:/usr/local/bin:/usr/sbin")
    if not daemon or os.geteuid():
        pytest.skip("containerd is not installed, or this is not root")
    socket = tmp_path / "containerd.sock"
    places = ["--root", str(tmp_path / "root"), "--state", str(tmp_path / "state"), "--address", str(socket)]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([daemon, *places], stdout=log, stderr=log)
    try:
        end = time.monotonic() + 120
        while not socket.exists() and time.monotonic() < end and server.poll() is None:
            time.sleep(0.2)
        assert socket.exists(), (tmp_path / "log").read_text()[-2000:]
        yield socket
    finally:
        server.terminate()
        server.wait()


def test_containerd(containerd: Path, registry: RealRegistry, tmp_path: Path) -> None:
    ctr = program("ctr")
    image = ["--address", str(containerd), "--namespace", "test", "images"]
    ctr(*image, "import", "--snapshotter", "native", "--base-name", "django", str(archive(tmp_path)))
    ctr(*image, "pull", "--plain-http", "--snapshotter", "native", f"{registry.host}/django:latest")
    assert DIGEST in ctr(*image, "list")
    assert "complete" in ctr(*image, "check", "--snapshotter", "native")
    read(ctr, "layout as a tar file, registry: unpacked")


def test_dive(tmp_path: Path) -> None:
    dive, skopeo = program("dive"), program("skopeo")
    policy = tmp_path / "policy.json"
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    place = f"docker-archive:{tmp_path}/image.tar:django:latest"
    skopeo("--policy", str(policy), "--tmpdir", str(tmp_path), "copy", "--quiet", f"oci:{LAYOUT}", place)
    said = dive("--source", "docker-archive", "--ci", str(tmp_path / "image.tar"))
    assert "efficiency" in said
    read(dive, "docker-archive")


def test_cosign(registry: RealRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cosign = program("cosign")
    monkeypatch.setenv("COSIGN_PASSWORD", "only for this test")
    monkeypatch.chdir(tmp_path)
    image = f"{registry.host}/django@{DIGEST}"
    cosign("generate-key-pair")
    offline = ("--yes", "--key=cosign.key", "--use-signing-config=false", "--tlog-upload=false")
    cosign("sign", *offline, "--allow-insecure-registry", image)
    said = cosign("verify", "--key=cosign.pub", "--insecure-ignore-tlog=true", "--allow-insecure-registry", image)
    assert json.loads(said)[0]["critical"]["image"]["docker-manifest-digest"] == DIGEST
    read(cosign, "registry")
