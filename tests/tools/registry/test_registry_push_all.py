"""`push-all`, against registries on loopback: what images share goes up once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from distroless_python.actions import push_all as main_push_all
from distroless_python.errors import ToolError
from distroless_python.formats.oci import Layout
from distroless_python.registry import client as registries
from distroless_python.registry.retry import Retry
from support import layouts
from support.registry import Fault, Registry, serving

NAMES = ("a", "b", "c")


@dataclass
class Fleet:
    """Three images that share two layers, and their registry."""

    directory: Path
    registry: Registry

    def images(self, edit: str = "", folder: str = "images") -> dict[str, Layout]:
        return {
            name: layouts.write_layout(
                self.directory / folder / name,
                [layouts.tar([(layouts.member(text), text.encode() * 99)]) for text in ("base", "wheel", name + edit)],
            )
            for name in NAMES
        }

    def run(self, images: dict[str, Layout], *arguments: str, **fields: Any) -> None:
        lines = [
            {
                "pushes": [
                    {
                        "label": f"//{name}:push",
                        **layouts.image_files(image),
                        "repository": f"{self.registry.host}/team/{name}",
                        "tags": ["v1"],
                        **fields,
                    }
                ]
            }
            for name, image in images.items()
        ]
        path = self.directory / "push_all.json"
        path.write_text("\n".join(map(json.dumps, [{"label": "//:push"}, *lines])))
        assert main_push_all.main([str(path), *arguments]) == 0

    def tags(self, name: str) -> dict[str, str]:
        return self.registry.tags(f"team/{name}")


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setattr(registries, "Retry", lambda: Retry(attempts=4, first=0.01, longest=0.1))
    for name in ("BUILD_WORKING_DIRECTORY", "BUILD_WORKSPACE_DIRECTORY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as registry:
        yield Fleet(tmp_path, registry)


def blobs(image: Layout) -> list[str]:
    return [blob.digest for blob in image.children(image.image())]


def test_what_is_shared_goes_up_once(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    images = fleet.images()
    fleet.run(images)
    assert sorted(fleet.registry.uploaded()) == sorted({digest for image in images.values() for digest in blobs(image)})
    table = [line.split() for line in capsys.readouterr().out.splitlines()]
    for (name, image), row in zip(images.items(), table):
        digest = image.image().digest
        assert fleet.tags(name) == {"v1": digest}
        assert set(fleet.registry.blobs[f"team/{name}"]) == set(blobs(image))
        assert row == [f"//{name}:push", "pushed", "0.0", "MB", f"{fleet.registry.host}/team/{name}@{digest}", "v1"]
    mounted = [r.path for r in fleet.registry.log if r.method == "POST" and "mount=" in r.path]
    assert len(mounted) == 4
    assert all("from=team%2Fa" in path for path in mounted)


def test_images_that_are_there_cost_two_requests(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    images = fleet.images()
    fleet.run(images)
    fleet.registry.log.clear()
    capsys.readouterr()
    fleet.run(images)
    assert len(fleet.registry.log) == 1 + 2 * len(images)
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["there"] * 3


def test_an_edit_asks_for_what_changed(fleet: Fleet) -> None:
    fleet.run(fleet.images())
    fleet.registry.log.clear()
    changed = fleet.images(", changed", "changed")
    fleet.run(changed)
    asked = [r.path.rpartition("/")[2] for r in fleet.registry.log if r.method == "HEAD" and "/blobs/" in r.path]
    assert sorted(asked) == sorted(blob for image in changed.values() for blob in (blobs(image)[0], blobs(image)[-1]))


def test_a_blob_of_an_image_that_is_there_is_mounted_into_a_new_repository(fleet: Fleet) -> None:
    images = fleet.images()
    fleet.run({"b": images["b"]})
    fleet.registry.log.clear()
    fleet.run(images)
    assert not set(fleet.registry.uploaded()) & set(blobs(images["b"]))


def test_a_registry_that_cannot_mount(fleet: Fleet) -> None:
    fleet.registry.faults.append(Fault("POST .*mount=", 99, 405))
    fleet.run(fleet.images())
    assert len(fleet.registry.uploaded()) == 12


def test_the_others_go_on(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.registry.faults.append(Fault("PUT /v2/team/b/manifests/", 99, 403))
    with pytest.raises(ToolError, match=r"//b:push: .*/team/b: pushing to .* is not allowed") as caught:
        fleet.run(fleet.images(), "--json", str(fleet.directory / "digests.json"))
    assert len(caught.value.problems) == 1
    assert [bool(fleet.tags(name)) for name in NAMES] == [True, False, True]
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["pushed", "failed", "pushed"]
    assert not (fleet.directory / "digests.json").exists()


def test_an_upload_that_fails_for_the_first_is_made_for_the_next(fleet: Fleet) -> None:
    fleet.registry.faults.append(Fault("PATCH /v2/team/a/", 99, 403))
    with pytest.raises(ToolError, match="//a:push"):
        fleet.run(fleet.images())
    assert [bool(fleet.tags(name)) for name in NAMES] == [False, True, True]


def test_another_registry_and_other_tags(fleet: Fleet) -> None:
    with serving() as other:
        fleet.run(fleet.images(), "--registry", other.host, "--tag", "x", "--tag", "y")
        assert set(other.tags("team/c")) == {"x", "y"}
    assert fleet.registry.log == []


def test_files_for_what_rolls_out(fleet: Fleet) -> None:
    images = fleet.images()
    forms = {form: fleet.directory / form for form in ("json", "yaml", "kustomize", "helm")}
    fleet.run(images, *(word for form, path in forms.items() for word in (f"--{form}", str(path))))
    digests = {name: image.image().digest for name, image in images.items()}
    host = fleet.registry.host
    found = {form: yaml.safe_load(path.read_text()) for form, path in forms.items()}
    assert found["json"] == json.loads(forms["json"].read_text())
    assert found["json"]["//a:push"] == {"repository": f"{host}/team/a", "digest": digests["a"], "tags": ["v1"]}
    assert found["yaml"] == {f"//{name}:push": f"{host}/team/{name}@{digests[name]}" for name in NAMES}
    assert found["kustomize"]["kind"] == "Component"
    assert found["kustomize"]["images"] == [{"name": f"{host}/team/{n}", "digest": digests[n]} for n in NAMES]
    assert found["helm"]["images"]["team/b"] == {"repository": f"{host}/team/b", "digest": digests["b"]}


def test_which_images_differ_from_an_earlier_push(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    images = fleet.images()
    file = fleet.directory / "digests.json"
    fleet.run({"a": images["a"], "b": images["b"]}, "--dry-run", "--json", str(file))
    assert capsys.readouterr().out == ""
    images["b"] = fleet.images(", changed", "changed")["b"]
    fleet.run(images, "--since", str(file))
    digests = {name: images[name].image().digest for name in ("b", "c")}
    assert capsys.readouterr().out.splitlines() == [
        f"//{name}:push  {fleet.registry.host}/team/{name}@{digest}" for name, digest in digests.items()
    ]
    fleet.run({"a": images["a"]}, "--since", str(file))
    assert capsys.readouterr().out == ""
    assert fleet.registry.log == []


@pytest.mark.parametrize("text", ["", "[]", '{"//a:push": 1}', '{"//a:push": {"digest": "x"}}'])
def test_what_is_not_a_file_of_an_earlier_push(fleet: Fleet, text: str) -> None:
    file = fleet.directory / "digests.json"
    with pytest.raises(ToolError, match="--since: cannot be read: No such file"):
        fleet.run(fleet.images(), "--since", str(file))
    file.write_text(text)
    with pytest.raises(ToolError, match="--since: is not a file that --json wrote"):
        fleet.run(fleet.images(), "--since", str(file))


def test_two_images_of_one_name(fleet: Fleet) -> None:
    with pytest.raises(ToolError, match=r"//b:push: //a:push pushes another image as .*/team/x:v1") as caught:
        fleet.run(fleet.images(), repository=f"{fleet.registry.host}/team/x")
    assert len(caught.value.problems) == 2
    with pytest.raises(ToolError, match=r"pushes another image to .*/team/x, so that name means two"):
        fleet.run(fleet.images(), "--helm", "x", repository=f"{fleet.registry.host}/team/x", tags=[])
    assert fleet.registry.log == []


def test_all_that_is_wrong_is_said_before_anything_is_sent(fleet: Fleet) -> None:
    with pytest.raises(ToolError) as caught:
        fleet.run(fleet.images(), tags=["{NO_KEY}"])
    assert len(caught.value.problems) == 3
    assert fleet.registry.log == []


def test_a_login_for_each_repository(fleet: Fleet) -> None:
    fleet.registry.login, fleet.registry.tokens = "user:password", set()
    (fleet.directory / "config.json").write_text(
        json.dumps({"auths": {fleet.registry.host: {"username": "user", "password": "password"}}})
    )
    fleet.run(fleet.images())
    tokens = [request.path for request in fleet.registry.log if request.path.startswith("/token")]
    assert all(any(f"team%2F{name}%3Apull%2Cpush" in path for path in tokens) for name in NAMES)
    assert any("team%2Fb%3Apull%2Cpush" in path and "team%2Fa%3Apull" in path for path in tokens)
