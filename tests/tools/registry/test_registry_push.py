"""`push`, against a registry on loopback that misbehaves on demand."""

from __future__ import annotations

import base64
import errno
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import push as main_push
from distroless_python.errors import ToolError
from distroless_python.formats.oci import Layout
from distroless_python.registry import client as registries
from distroless_python.registry.retry import Retry
from support import layouts
from support.registry import Fault, Registry, digest, serving

LARGE = 3 << 20


@dataclass
class Push:
    """Pushes from a directory to `registry`."""

    directory: Path
    registry: Registry

    def image(self, name: str = "image", *layers: bytes, **more: Any) -> Layout:
        contents = layers or (os.urandom(LARGE), b"small")
        return layouts.write_layout(self.directory / name, [tar_of(content) for content in contents], **more)

    def run(self, image: Layout, *arguments: str, **fields: Any) -> str:
        """Pushes; returns the digest."""
        manifest = {
            "label": "//app:push",
            **layouts.image_files(image),
            "repository": f"{self.registry.host}/team/app",
            "tags": ["v1"],
            **fields,
        }
        path = self.directory / "push.json"
        path.write_text(json.dumps(manifest))
        assert main_push.main([str(path), *arguments]) == 0
        return image.roots()[0].digest

    @property
    def tags(self) -> dict[str, str]:
        return self.registry.tags("team/app")

    def requests(self, method: str, part: str = "") -> list[str]:
        return [request.path for request in self.registry.log if request.method == method and part in request.path]


def tar_of(content: bytes) -> bytes:
    return layouts.tar([(layouts.member("file"), content)])


@pytest.fixture
def push(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Push]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setattr(registries, "Retry", lambda: Retry(attempts=4, first=0.01, longest=0.1))
    for name in ("BUILD_WORKING_DIRECTORY", "BUILD_WORKSPACE_DIRECTORY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as registry:
        yield Push(tmp_path, registry)


def test_push(push: Push, capsys: pytest.CaptureFixture[str]) -> None:
    image = push.image()
    digest_ = push.run(image, "--digest-file", str(push.directory / "digest"))
    assert push.tags == {"v1": digest_}
    assert (push.directory / "digest").read_text() == f"{digest_}\n"
    blobs = {blob.digest: image.blob(blob.digest).read_bytes() for blob in image.children(image.image())}
    assert push.registry.blobs["team/app"] == blobs
    output = capsys.readouterr()
    assert output.out == f"{push.registry.host}/team/app@{digest_}\n"
    assert "3 of 3 blobs were missing (3.1 MB)" in output.err
    methods = [request.method for request in push.registry.log]
    first_manifest = next(i for i, r in enumerate(push.registry.log) if r.method == "PUT" and "/manifests/" in r.path)
    assert not {"POST", "PATCH"} & set(methods[first_manifest:])
    assert push.requests("PUT", "/manifests/") == [f"/v2/team/app/manifests/{digest_}", "/v2/team/app/manifests/v1"]


def test_the_second_push_uploads_what_has_changed_and_nothing_else(push: Push) -> None:
    large = os.urandom(LARGE)
    push.run(push.image("one", large, b"app"))
    push.registry.log.clear()
    changed = push.image("two", large, b"app, changed")
    push.run(changed)
    config, _, app = changed.children(changed.image())
    assert sorted(push.registry.uploaded()) == sorted([config.digest, app.digest])
    assert len(push.requests("POST")) == 2


def test_what_is_there_is_not_asked_for_blob_by_blob(push: Push) -> None:
    image = push.image()
    push.run(image)
    push.registry.log.clear()
    push.run(image, "--tag", "v1", "--tag", "v2")
    assert [(request.method, request.path) for request in push.registry.log] == [
        ("GET", "/v2/"),
        ("HEAD", "/v2/team/app/manifests/v1"),
        ("HEAD", "/v2/team/app/manifests/v2"),
        ("PUT", f"/v2/team/app/manifests/{push.tags['v1']}"),
        ("PUT", "/v2/team/app/manifests/v2"),
    ]
    assert push.tags["v2"] == push.tags["v1"]


def test_a_layer_that_the_registry_lost_is_sent_again(push: Push, capsys: pytest.CaptureFixture[str]) -> None:
    image = push.image()
    push.run(image)
    lost = image.children(image.image())[1].digest
    del push.registry.blobs["team/app"][lost]
    push.registry.log.clear()
    push.run(image, "--tag", "v2")
    assert push.registry.uploaded() == [lost]
    assert "1 of 3 blobs were missing" in capsys.readouterr().err
    assert push.tags["v2"] == push.tags["v1"]


def test_a_layer_that_an_image_of_an_index_lost(push: Push) -> None:
    images = [push.image(name, name.encode(), architecture=name) for name in ("amd64", "arm64")]
    index = layouts.write_index(push.directory / "index", images)
    push.run(index)
    lost = images[1].children(images[1].image())[1].digest
    del push.registry.blobs["team/app"][lost]
    push.run(index)
    assert push.registry.uploaded()[-1] == lost


@pytest.mark.parametrize("request_", ["PUT .*digest=", "PUT .*/manifests/sha256", "PUT .*/manifests/v1"])
def test_a_registry_that_stores_something_else(push: Push, request_: str) -> None:
    other = digest(b"other")
    push.registry.faults.append(Fault(request_, 99, 201, {"Docker-Content-Digest": other}))
    with pytest.raises(ToolError, match=f"the registry says that it stored {other} where sha256:.* was sent"):
        push.run(push.image())
    assert push.tags == {}


def test_of_an_image_that_replaces_another_only_the_difference_is_asked_for(push: Push) -> None:
    push.run(push.image("one", b"large", b"app"))
    push.registry.log.clear()
    changed = push.image("two", b"large", b"app, changed")
    push.run(changed)
    config, _, app = changed.children(changed.image())
    asked = [path.rpartition("/")[2] for path in push.requests("HEAD", "/blobs/")]
    assert sorted(asked) == sorted([config.digest, app.digest])


def test_a_layer_that_was_lost_with_the_image_before(push: Push) -> None:
    push.run(push.image("one", b"large", b"app"))
    changed = push.image("two", b"large", b"app, changed")
    lost = changed.children(changed.image())[1].digest
    del push.registry.blobs["team/app"][lost]
    push.run(changed)
    assert push.registry.uploaded()[-1] == lost
    assert push.tags == {"v1": changed.image().digest}


def test_blobs_of_other_repositories_are_mounted(push: Push) -> None:
    image = push.image()
    _, base, _ = image.children(image.image())
    push.registry.blobs["base"] = {base.digest: image.blob(base.digest).read_bytes()}
    names = [f"{push.registry.host}/empty", f"{push.registry.host}/base", "elsewhere.example.com/base"]
    push.run(image, mount_from=names)
    assert base.digest not in push.registry.uploaded()
    assert len(push.registry.uploaded()) == 2
    assert push.requests("POST", "elsewhere") == []


def test_a_registry_that_cannot_mount(push: Push) -> None:
    push.registry.faults.append(Fault("POST .*mount=", 99, 405))
    push.run(push.image(), mount_from=[f"{push.registry.host}/base"])
    assert len(push.registry.uploaded()) == 3


def test_an_index(push: Push) -> None:
    names = ("amd64", "arm64")
    images = [push.image(name, b"shared", name.encode(), architecture=name) for name in names]
    one, two = (image.image().digest for image in images)
    digest_ = push.run(layouts.write_index(push.directory / "index", images))
    assert push.tags == {"v1": digest_}
    assert push.requests("PUT", "/manifests/") == [
        f"/v2/team/app/manifests/{reference}" for reference in (one, two, digest_, "v1")
    ]
    assert len(push.registry.uploaded()) == 5


@pytest.mark.parametrize("api", [True, False])
def test_referrers(push: Push, api: bool) -> None:
    push.registry.referrers_api = api
    (push.directory / "app.cdx.json").write_text("{}")
    (push.directory / "app.spdx.json").write_text("[]")
    referrers = [
        {"file": str(push.directory / "app.cdx.json"), "artifact_type": "application/vnd.cyclonedx+json"},
        {"file": str(push.directory / "app.spdx.json"), "artifact_type": "application/spdx+json"},
    ]
    image = push.image()
    for _ in range(2):
        digest_ = push.run(image, referrers=referrers)
    manifests = {key: json.loads(data) for key, (_, data) in push.registry.manifests["team/app"].items()}
    attached = {key: value for key, value in manifests.items() if value.get("subject", {}).get("digest") == digest_}
    assert {value["artifactType"] for value in attached.values()} == {r["artifact_type"] for r in referrers}
    assert all(value["layers"][0]["mediaType"] == value["artifactType"] for value in attached.values())
    tag = digest_.replace(":", "-")
    assert (tag in push.tags) is not api
    if not api:
        listed = manifests[tag]["manifests"]
        assert {entry["digest"] for entry in listed} == set(attached)
        assert {entry["artifactType"] for entry in listed} == {r["artifact_type"] for r in referrers}


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET /v2/$", 1, 503),
        Fault("HEAD .*/blobs/", 2, 429, {"Retry-After": "0"}),
        Fault("POST ", 2, 500),
        Fault("PATCH ", 2, 502),
        Fault("PUT .*digest=", 1, 504),
        Fault("PUT .*/manifests/v1", 3, 500),
        Fault("PUT .*/manifests/sha256", 2, 400, body=b'{"errors": [{"code": "MANIFEST_BLOB_UNKNOWN"}]}'),
        Fault("HEAD ", 1),
        Fault("POST ", 1),
        Fault("PUT .*/manifests/", 1),
    ],
    ids=lambda fault: f"{fault.pattern} {fault.status}",
)
def test_faults_that_pass(push: Push, fault: Fault) -> None:
    push.registry.faults.append(fault)
    digest_ = push.run(push.image())
    assert fault.times == 0
    assert push.tags == {"v1": digest_}


def test_a_cut_upload_goes_on_where_it_ended(push: Push) -> None:
    image = push.image("image", os.urandom(LARGE))
    size = image.children(image.image())[1].size
    push.registry.faults.append(Fault("HEAD .*/blobs/", 1, 500))
    push.registry.faults.append(Fault("PATCH ", 2, after=1 << 20))
    push.run(image)
    parts = [request for request in push.registry.log if request.method == "PATCH"]
    ranges = [part.headers["Content-Range"] for part in parts if "Content-Range" in part.headers]
    assert f"{1 << 20}-{size - 1}" in ranges
    config = image.children(image.image())[0]
    assert sum(part.size for part in parts) == size + config.size


@pytest.mark.parametrize("reached", [f"0-{LARGE * 2}", f"0-{'9' * 5000}", "1-5", "0-", "x"])
def test_an_upload_that_is_said_to_be_longer_than_the_blob_begins_again(push: Push, reached: str) -> None:
    push.registry.faults.append(Fault("PATCH ", 1, after=1 << 20))
    push.registry.faults.append(Fault("GET .*/uploads/", 1, 204, {"Range": reached}))
    digest_ = push.run(push.image())
    assert push.tags == {"v1": digest_}


ADDRESSES = [
    "http://[::1",
    "http://127.0.0.1:99999/",
    "http://a..b/",
    "//[",
    "/v2/\xe9",
    "http://127.0.0.1:x/",
    "ftp://a/",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("request_", ["POST ", "PATCH ", "GET /v2/$"])
def test_a_location_that_is_not_an_address(push: Push, address: str, request_: str) -> None:
    status = 307 if request_.startswith("GET") else 202
    push.registry.faults.append(Fault(request_, 99, status, {"Location": address}))
    with pytest.raises(ToolError) as caught:
        push.run(push.image())
    (problem,) = caught.value.problems
    assert problem.subject == "//app:push"
    assert push.tags == {}


@pytest.mark.parametrize("realm", ADDRESSES)
def test_a_realm_that_is_not_an_address(push: Push, realm: str) -> None:
    push.registry.faults.append(Fault("GET /v2/$", 1, 401, {"WWW-Authenticate": f'Bearer realm="{realm}"'}))
    with pytest.raises(ToolError):
        push.run(push.image())


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 201 Created",
        b"HTTP/1.1 201 Created\r\n",
        b"HTTP/1.1 201 Created\r\nLocation: /v2",
        b"HTTP/1.1 20",
        b"no\r\n\r\n",
    ],
)
def test_an_answer_that_is_cut_in_its_headers_is_asked_for_again(push: Push, raw: bytes) -> None:
    push.registry.faults.append(Fault("PUT .*/manifests/v1", 1, raw=raw))
    digest_ = push.run(push.image())
    assert push.tags == {"v1": digest_}


def test_an_answer_that_is_cut_in_its_body_is_asked_for_again(push: Push) -> None:
    push.registry.login, push.registry.tokens = "user:password", set()
    login(push)
    raw = b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"token": "'
    push.registry.faults.append(Fault("GET /token", 1, raw=raw))
    digest_ = push.run(push.image())
    assert push.tags == {"v1": digest_}


@pytest.mark.parametrize("data", [b"", b"[]", b'{"manifests": 1}', b'{"manifests": [1]}', b"\xff"])
def test_a_list_of_referrers_that_is_none(push: Push, data: bytes) -> None:
    push.registry.referrers_api = False
    (push.directory / "app.cdx.json").write_text("{}")
    push.registry.faults.append(Fault("GET .*/manifests/sha256-", 1, 200, body=data))
    referrers = [{"file": str(push.directory / "app.cdx.json"), "artifact_type": "application/vnd.cyclonedx+json"}]
    with pytest.raises(ToolError, match=r"manifests/sha256-[0-9a-f]* is not an index"):
        push.run(push.image(), referrers=referrers)


@pytest.mark.parametrize("fault", [Fault("PATCH ", 99, 400), Fault("PUT .*uploads", 99, 500), Fault("PATCH ", 99, 418)])
def test_what_an_upload_address_keeps_is_not_printed(push: Push, fault: Fault) -> None:
    push.registry.query = "?_state=secret"
    push.registry.faults.append(fault)
    with pytest.raises(ToolError) as caught:
        push.run(push.image())
    assert "/blobs/uploads/" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [404, 500])
def test_an_upload_that_the_registry_has_forgotten_begins_again(push: Push, status: int) -> None:
    push.registry.faults.append(Fault("PATCH ", 1, after=1 << 20))
    push.registry.faults.append(Fault("GET .*/uploads/", 1, status))
    digest_ = push.run(push.image())
    assert push.tags == {"v1": digest_}


def test_a_restart_of_the_registry(push: Push) -> None:
    def restart() -> None:
        push.registry.stop()
        threading.Timer(0.03, push.registry.start).start()

    push.registry.faults.append(Fault("PATCH ", then=restart))
    digest_ = push.run(push.image())
    assert push.tags == {"v1": digest_}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault("GET /v2/$", 99, 500), "answers 500, 3 times"),
        (Fault("GET /v2/$", 99), ", 3 times"),
        (Fault("HEAD .*/blobs/", 99, 429), "answers 429, 4 times"),
        (Fault("PATCH ", 99), ", 4 times"),
        (Fault("POST ", 99, 403), "pushing to .*/team/app is not allowed: 403"),
        (Fault("POST ", 99, 404), "there is no repository .*/team/app"),
        (Fault("PATCH ", 99, 413), "refuses the size"),
        (Fault("PUT .*/manifests/sha256", 99, 400), "PUT .* is answered by 400"),
        (Fault("GET /v2/$", 99, 404), "is not a registry: 404"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_faults_that_stay_leave_no_tag(push: Push, fault: Fault, message: str) -> None:
    push.registry.faults.append(fault)
    with pytest.raises(ToolError, match=message) as caught:
        push.run(push.image(), "--digest-file", str(push.directory / "digest"))
    (problem,) = caught.value.problems
    assert problem.subject == "//app:push"
    assert problem.member == f"{push.registry.host}/team/app"
    assert push.tags == {}
    assert not (push.directory / "digest").exists()
    assert not (push.directory / ".digest.part").exists()


def test_an_immutable_tag(push: Push) -> None:
    first = push.run(push.image("one"))
    push.registry.immutable_tags = True
    push.run(Layout(push.directory / "one"))  # the same image again is not an error
    with pytest.raises(ToolError, match="the tag 'v1' is refused, it may be immutable: 400 TAG_INVALID") as caught:
        push.run(push.image("two"), "--tag", "v1", "--tag", "v2")
    second = Layout(push.directory / "two").image().digest
    assert second in str(caught.value)
    assert push.tags == {"v1": first, "v2": second}


def test_two_pushes_at_once(push: Push) -> None:
    image = push.image("image", *(os.urandom(1 << 18) for _ in range(8)))
    (push.directory / "push.json").write_text(
        json.dumps(
            {"label": "//app:push", "repository": f"{push.registry.host}/team/app", **layouts.image_files(image)}
        )
    )
    codes: list[int] = []

    def run(tag: str) -> None:
        codes.append(main_push.main([str(push.directory / "push.json"), "--tag", tag]))

    threads = [threading.Thread(target=run, args=(tag,)) for tag in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0, 0]
    assert push.tags == dict.fromkeys(("one", "two"), image.image().digest)


def login(push: Push, text: str = "user:password", **entry: str) -> None:
    value = entry or {"auth": base64.b64encode(text.encode()).decode()}
    (push.directory / "config.json").write_text(json.dumps({"auths": {push.registry.host: value}}))


@pytest.mark.parametrize("tokens", [None, set()], ids=["basic", "bearer"])
def test_credentials(push: Push, tokens: set[str] | None) -> None:
    push.registry.login, push.registry.tokens = "user:password", tokens
    login(push)
    assert push.tags == {} != {"v1": push.run(push.image())}
    assert sum(request.status == 401 for request in push.registry.log) == 1
    asked = [request.path for request in push.registry.log if request.path.startswith("/token")]
    assert asked == ([] if tokens is None else ["/token?service=test&scope=repository%3Ateam%2Fapp%3Apull%2Cpush"])


def test_an_identity_token(push: Push) -> None:
    push.registry.login, push.registry.tokens = "refresh me", set()
    login(push, identitytoken="refresh me")
    push.run(push.image())
    assert list(push.tags) == ["v1"]


def test_a_token_that_expires_while_it_is_used(push: Push) -> None:
    push.registry.login, push.registry.tokens = "user:password", set()
    login(push)
    push.registry.faults.append(
        Fault("PATCH ", 1, 401, {"WWW-Authenticate": f'Bearer realm="http://{push.registry.host}/token"'})
    )
    push.run(push.image())
    assert list(push.tags) == ["v1"]
    assert len(push.requests("GET", "/token")) == 2


@pytest.mark.parametrize("tokens", [None, set()], ids=["basic", "bearer"])
def test_a_wrong_credential(push: Push, tokens: set[str] | None) -> None:
    push.registry.login, push.registry.tokens = "user:password", tokens
    login(push, "user:not this")
    with pytest.raises(ToolError, match=r"refuses the credential from .*config\.json .* may have expired") as caught:
        push.run(push.image())
    assert f"docker login {push.registry.host}" in str(caught.value)
    assert "not this" not in str(caught.value)


def test_no_credential(push: Push) -> None:
    push.registry.login = "user:password"
    with pytest.raises(ToolError, match="asks for a credential, and Docker's configuration has none"):
        push.run(push.image())


@pytest.mark.parametrize(
    ("arguments", "fields", "messages"),
    [
        (["--repository", "App"], {}, ["'App' is not a valid repository name"]),
        (["--tag", "a/b"], {}, ["'a/b' is not a valid tag"]),
        ([], {"repository": ""}, ["no repository to push to is given"]),
        (
            ["--tag", "/", "--tag", "-"],
            {"repository": "a b"},
            ["'a b' is not a valid", "'/' is not a valid tag", "'-' is not a valid tag"],
        ),
        ([], {"tags": ["{STABLE_X}"]}, ["{STABLE_X}"]),
    ],
)
def test_names_that_are_none(push: Push, arguments: list[str], fields: dict[str, Any], messages: list[str]) -> None:
    with pytest.raises(ToolError) as caught:
        push.run(push.image(), *arguments, **fields)
    assert [message in str(problem) for message, problem in zip(messages, caught.value.problems)] == [True] * len(
        messages
    )
    assert len(caught.value.problems) == len(messages)
    assert push.registry.log == []


def test_names_from_files_and_stamping(push: Push) -> None:
    (push.directory / "repository").write_text(f"{push.registry.host}/{{TEAM}}/app\n")
    (push.directory / "tags").write_text("v{NUMBER}\nlatest\n")
    (push.directory / "status").write_text("TEAM other\nNUMBER 7\n")
    digest_ = push.run(
        push.image(),
        repository="",
        tags=[],
        repository_file=str(push.directory / "repository"),
        tag_files=[str(push.directory / "tags")],
        status_files=[str(push.directory / "status")],
    )
    assert push.registry.tags("other/app") == {"v7": digest_, "latest": digest_}


def test_without_a_tag_the_digest_is_pushed(push: Push) -> None:
    digest_ = push.run(push.image(), tags=[])
    assert push.tags == {}
    assert digest_ in push.registry.manifests["team/app"]


def test_a_blob_with_other_bytes(push: Push) -> None:
    image = push.image()
    layer = image.children(image.image())[2]
    image.blob(layer.digest).write_bytes(bytes(layer.size))
    with pytest.raises(ToolError, match=f"the bytes of blob {layer.digest} do not fit its digest"):
        push.run(image)
    assert push.tags == {}


def test_missing_blobs_are_all_said_before_anything_is_sent(push: Push) -> None:
    image = push.image()
    for layer in image.children(image.image())[1:]:
        image.blob(layer.digest).unlink()
    with pytest.raises(ToolError) as caught:
        push.run(image)
    assert len(caught.value.problems) == 2
    assert push.registry.log == []


def test_a_digest_file_that_cannot_be_written(push: Push) -> None:
    for target in (push.directory, push.directory / "no" / "digest"):
        with pytest.raises(ToolError, match=f"{target}: cannot be written: .*\n.*--digest-file"):
            push.run(push.image(), "--digest-file", str(target))
    assert push.registry.log == []


def test_a_full_disk(push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_text

    def write_text(path: Path, text: str) -> int:
        if ".digest" in path.name:
            path.touch()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(path, text)

    monkeypatch.setattr(Path, "write_text", write_text)
    target = push.directory / "digest"
    with pytest.raises(ToolError, match=f"{target}: cannot be written: No space left on device\n.*make room"):
        push.run(push.image(), "--digest-file", str(target))
    assert push.registry.log == []
    assert not [path for path in push.directory.iterdir() if "digest" in path.name]


def test_plain_http_beyond_loopback(push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "is_loopback", lambda _: False)
    image = push.image()
    with pytest.raises(ToolError, match=r"speaks plain HTTP where HTTPS is asked\n.*--insecure"):
        push.run(image)
    assert push.tags == {}
    digest_ = push.run(image, "--insecure")
    assert push.tags == {"v1": digest_}
    push.run(image, insecure=True)


def test_nobody_listens(push: Push) -> None:
    push.registry.stop()
    with pytest.raises(ToolError, match="Connection refused, 3 times"):
        push.run(push.image())
