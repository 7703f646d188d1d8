"""Pushes to a real registry, by the launchers that `bazel run` starts; other tools read what was pushed."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from real_registry import RealRegistry

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def tool(name: str) -> str:
    """The path of a program; the test is skipped where it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def output(*command: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def fetch(registry: RealRegistry, repository: str, reference: str) -> Any:
    """A manifest or index, parsed."""
    request = urllib.request.Request(f"http://{registry.host}/v2/{repository}/manifests/{reference}")
    request.add_header("Accept", f"{OCI_INDEX}, {OCI_MANIFEST}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def tags(registry: RealRegistry, repository: str) -> list[str]:
    with urllib.request.urlopen(f"http://{registry.host}/v2/{repository}/tags/list", timeout=60) as answer:
        return sorted(json.load(answer)["tags"])


def blobs(manifest: Any) -> set[str]:
    return {manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])}


@pytest.fixture(scope="module")
def django(registry: RealRegistry) -> str:
    """The digest of the image, pushed as `django:latest`."""
    return registry.pushed("django", "django", "--tag", "latest")


@pytest.fixture(scope="module")
def index(registry: RealRegistry) -> str:
    """The digest of the index of two platforms, pushed as `index:latest` and with a tag from the workspace status."""
    return registry.pushed("index", "index", "--tag", "latest", "--tag", "at-{BUILD_TIMESTAMP}")


def test_an_index_goes_with_its_images(registry: RealRegistry, index: str) -> None:
    value = fetch(registry, "index", index)
    assert value == fetch(registry, "index", "latest")
    assert [image["platform"]["architecture"] for image in value["manifests"]] == ["amd64", "arm64"]
    one, two = (blobs(fetch(registry, "index", image["digest"])) for image in value["manifests"])
    assert one != two
    assert one & two, "wheels of pure Python are one layer for both"


def test_keys_of_the_workspace_status(registry: RealRegistry, index: str) -> None:
    stamped, latest = tags(registry, "index")
    assert latest == "latest"
    assert stamped.partition("-")[0] == "at"
    assert stamped.partition("-")[2].isdigit()


def test_a_changed_line_sends_its_layer_and_what_names_it(registry: RealRegistry) -> None:
    before = fetch(registry, "changing", registry.pushed("before", "changing", "--tag", "latest"))
    count = len(registry.requests())
    digest = registry.pushed("after", "changing", "--tag", "latest")
    after = fetch(registry, "changing", digest)
    sent = [request for request in registry.requests()[count:] if request.writes]

    changed = blobs(after) - blobs(before)
    assert changed == {after["config"]["digest"], after["layers"][-1]["digest"]}, "the app's layer is the last"
    uploads = "/v2/changing/blobs/uploads/"
    assert [request.path for request in sent if request.method == "POST"] == [uploads] * 2
    closed = [request.query.partition("digest=")[2] for request in sent if request.path.startswith(uploads)]
    assert sorted(filter(None, closed)) == sorted(digest.replace(":", "%3A") for digest in changed)
    manifests = [request.path for request in sent if "/manifests/" in request.path]
    assert manifests == [f"/v2/changing/manifests/{digest}", "/v2/changing/manifests/latest"]
    assert len(sent) == 2 * len(("POST", "PATCH", "PUT")) + len(manifests)


def documents(registry: RealRegistry, repository: str, digest: str) -> dict[str, Any]:
    """The documents that are attached to an image, by their media type."""
    # These registries have no API for referrers, so they are listed under a tag.
    found = {}
    for entry in fetch(registry, repository, digest.replace(":", "-"))["manifests"]:
        manifest = fetch(registry, repository, entry["digest"])
        assert manifest["subject"]["digest"] == digest
        address = f"http://{registry.host}/v2/{repository}/blobs/{manifest['layers'][0]['digest']}"
        with urllib.request.urlopen(address, timeout=60) as answer:
            found[manifest["artifactType"]] = json.load(answer)
    return found


def test_documents_are_attached_to_each_image_of_an_index(registry: RealRegistry) -> None:
    digest = registry.pushed("documented", "documented")
    for image in fetch(registry, "documented", digest)["manifests"]:
        assert sorted(documents(registry, "documented", image["digest"])) == [
            "application/spdx+json",
            "application/vnd.cyclonedx+json",
            "application/vnd.in-toto+json",
        ]
    assert not [tag for tag in tags(registry, "documented") if not tag.startswith("sha256-")]


def test_the_same_push_again_only_asks(registry: RealRegistry, django: str) -> None:
    count = len(registry.requests())
    assert registry.pushed("django", "django", "--tag", "latest") == django
    sent = [(request.method, request.path) for request in registry.requests()[count:] if request.writes]
    assert sent == [("PUT", f"/v2/django/manifests/{django}")], "by which the registry looks after the blobs"


def test_a_layer_that_the_registry_lost_is_sent_again(registry: RealRegistry) -> None:
    digest = registry.pushed("before", "lost", "--tag", "one")
    lost = fetch(registry, "lost", digest)["layers"][-1]["digest"].partition(":")[2]
    data = registry.directory / "data/docker/registry/v2/blobs/sha256" / lost[:2] / lost / "data"
    data.unlink()
    assert registry.pushed("before", "lost", "--tag", "two") == digest
    assert data.is_file()
    assert tags(registry, "lost") == ["one", "two"]


def test_two_pushes_at_once(registry: RealRegistry) -> None:
    commands = [registry.command("before", "both", "--tag", tag) for tag in ("one", "two")]
    pushes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for command in commands
    ]
    said = [push.communicate() for push in pushes]
    assert [push.returncode for push in pushes] == [0, 0], said
    assert tags(registry, "both") == ["one", "two"]
    assert fetch(registry, "both", "one") == fetch(registry, "both", "two")


def test_skopeo_reads_it(registry: RealRegistry, django: str, index: str) -> None:
    skopeo = tool("skopeo")
    inspect = (skopeo, "inspect", "--tls-verify=false", "--format", "{{.Digest}} {{.Os}}/{{.Architecture}}")
    assert output(*inspect, f"docker://{registry.host}/django:latest").split() == [django, "linux/amd64"]
    arm = (skopeo, "--override-arch=arm64", *inspect[1:])
    assert output(*arm, f"docker://{registry.host}/index:latest").split() == [index, "linux/arm64"]


def test_crane_finds_nothing_wrong(registry: RealRegistry, django: str, index: str) -> None:
    crane = tool("crane")
    for name, digest in (("django", django), ("index", index)):
        assert output(crane, "digest", "--insecure", f"{registry.host}/{name}:latest").strip() == digest
    validated = subprocess.run(
        [crane, "validate", "--insecure", "--remote", f"{registry.host}/django:latest"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert validated.returncode == 0, validated.stderr + validated.stdout


def test_umoci_unpacks_it(registry: RealRegistry, django: str, tmp_path: Path) -> None:
    skopeo, umoci = tool("skopeo"), tool("umoci")
    policy = tmp_path / "policy.json"
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    copy = (skopeo, "--policy", str(policy), "copy", "--quiet", "--src-tls-verify=false")
    output(*copy, f"docker://{registry.host}/django@{django}", f"oci:{tmp_path}/layout:latest")
    output(umoci, "unpack", "--rootless", "--image", f"{tmp_path}/layout:latest", f"{tmp_path}/bundle")
    root = tmp_path / "bundle/rootfs"
    assert (root / "app/_main/examples/django/manage.py").is_file()
    assert (root / "usr/local/lib/python3.13/dist-packages/django/__init__.py").is_file()
    assert json.loads((tmp_path / "bundle/config.json").read_text())["process"]["user"]["uid"] == 65532


def test_cosign_signs_it_and_attests_its_documents(
    registry: RealRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cosign = tool("cosign")
    monkeypatch.setenv("COSIGN_PASSWORD", "only for this test")
    index = registry.pushed("documented", "signed")
    digest = fetch(registry, "signed", index)["manifests"][0]["digest"]
    image = f"{registry.host}/signed@{digest}"
    found = documents(registry, "signed", digest)
    monkeypatch.chdir(tmp_path)
    Path("app.cdx.json").write_text(json.dumps(found["application/vnd.cyclonedx+json"]))
    Path("predicate.json").write_text(json.dumps(found["application/vnd.in-toto+json"]["predicate"]))

    output(cosign, "generate-key-pair")
    offline = ("--yes", "--key=cosign.key", "--use-signing-config=false", "--tlog-upload=false")
    known = ("--key=cosign.pub", "--insecure-ignore-tlog=true", "--allow-insecure-registry", image)
    output(cosign, "sign", *offline, "--allow-insecure-registry", image)
    verified = output(cosign, "verify", *known)
    assert json.loads(verified)[0]["critical"]["image"]["docker-manifest-digest"] == digest
    for kind, file in (("cyclonedx", "app.cdx.json"), ("slsaprovenance1", "predicate.json")):
        output(cosign, "attest", *offline, f"--type={kind}", f"--predicate={file}", "--allow-insecure-registry", image)
        envelope = json.loads(output(cosign, "verify-attestation", f"--type={kind}", *known))
        statement = json.loads(base64.b64decode(envelope["payload"]))
        assert statement["subject"][0]["digest"] == {"sha256": digest.partition(":")[2]}
        assert statement["predicate"] == json.loads(Path(file).read_text())


def log_in(registry: RealRegistry, password: str) -> None:
    auth = base64.b64encode(f"tester:{password}".encode()).decode()
    config = Path(os.environ["DOCKER_CONFIG"], "config.json")
    config.write_text(json.dumps({"auths": {registry.host: {"auth": auth}}}))


def test_a_login_is_needed_right_and_used(locked: RealRegistry) -> None:
    nobody = locked.push("before", "app", "--tag", "latest")
    assert nobody.returncode == 1
    assert "asks for a credential" in nobody.stderr
    assert f"remedy: run `docker login {locked.host}`" in nobody.stderr
    log_in(locked, "wrong")
    wrong = locked.push("before", "app", "--tag", "latest")
    assert wrong.returncode == 1
    assert "refuses the credential" in wrong.stderr
    assert "Traceback" not in nobody.stderr + wrong.stderr
    assert [request for request in locked.requests() if request.writes] == []
    log_in(locked, "secret")
    assert locked.pushed("before", "app", "--tag", "latest").startswith("sha256:")


def test_a_tag_in_the_repository_is_refused_before_anything_is_sent(registry: RealRegistry) -> None:
    count = len(registry.requests())
    result = registry.push("before", "App:v1", "--tag", "a/b")
    assert result.returncode == 1
    assert "is not a valid repository name" in result.stderr
    assert "'a/b' is not a valid tag" in result.stderr
    assert len(registry.requests()) == count
