"""`distroless-verify` on a small image with everything in it: as it was pushed, and after others changed it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from distroless_python.formats.oci import describe
from distroless_python.rebuild import main
from support import pushed, registry
from support.pushed import Pushed, edited
from support.registry import Registry


@dataclass(frozen=True)
class Said:
    """What the command said."""

    code: int
    out: str
    err: str

    def verdict(self, title: str) -> list[str]:
        """The lines about a layer or document, its status first."""
        lines = self.out.splitlines()
        start = next(number for number, line in enumerate(lines) if f"  {title}" in line and line[:8].strip())
        end = next(n for n in range(start + 1, len(lines)) if not lines[n].startswith(8 * " "))
        return [line.strip() for line in lines[start:end]]


Verify = Callable[..., Said]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Pushed:
    return pushed.build(tmp_path_factory.mktemp("image"))


@pytest.fixture
def image(built: Pushed) -> Pushed:
    """The image, to be tampered with."""
    return copy.deepcopy(built)


@pytest.fixture
def server() -> Iterator[Registry]:
    with registry.serving() as found:
        yield found


@pytest.fixture
def verify(server: Registry, built: Pushed, capfd: pytest.CaptureFixture[str]) -> Verify:
    def run(image: Pushed, *arguments: str, digest: str = "", archives: Path | None = built.archives) -> Said:
        name = f"{server.host}/app@{digest or image.push(server)}"
        code = main.main([name, *(["--archives", str(archives)] if archives else []), *arguments])
        return Said(code, *capfd.readouterr())

    return run


def test_all_is_made_again(image: Pushed, verify: Verify) -> None:
    said = verify(image, "--source", str(image.checkout))
    assert said.code == 0, said
    assert said.out.splitlines()[-2:] == [
        "14 layers: 14 made again with the same bytes, 0 not made (0 first-party), 0 differences",
        "proven",
    ]
    for title in ("libc6 1.0-1", "libextra 2.0-1", "demo 1.0", "other 1.0", "//app:main", "config", "manifest"):
        assert said.verdict(title)[0].split("  ")[0].endswith("same bytes") or "same bytes" in said.verdict(title)[0]


def test_first_party_layers_need_their_source(image: Pushed, verify: Verify) -> None:
    said = verify(image)
    assert said.code == 0
    assert said.verdict("//app:main")[1:] == ["first-party: give its source by --source"]
    assert "13 made again with the same bytes, 1 not made (1 first-party), 0 differences" in said.out


def test_another_source_is_named(image: Pushed, verify: Verify, tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/__init__.py").touch()
    (tmp_path / "app/main.py").write_text("print('other!')\n")
    said = verify(image, "--source", str(tmp_path))
    assert said.code == 1
    (line,) = said.verdict("//app:main")[1:]
    assert line.startswith("app/_main/app/main.py: size 15 instead of 16, SHA-256")
    (tmp_path / "app/main.py").unlink()
    said = verify(image, "--source", str(tmp_path))
    assert said.code == 1
    assert said.verdict("//app:main")[1:] == ["_main/app/main.py: is not in the source"]


def test_a_file_in_a_wheel_was_changed(image: Pushed, verify: Verify) -> None:
    number = image.number("demo 1.0")

    def edit(path: str, data: bytes) -> bytes:
        return data.replace(b"1", b"2") if path.endswith("demo/__init__.py") else data

    image.replace(number, edited(image.layers[number], edit, {"usr/bin/backdoor": b"x"}))
    image.sign_again()
    said = verify(image)
    assert said.code == 1
    backdoor, changed = said.verdict("demo 1.0")[1:]
    assert backdoor == "usr/bin/backdoor: only in the image"
    assert changed.startswith("usr/local/lib/python3.11/dist-packages/demo/__init__.py: SHA-256 ")
    assert said.out.endswith("NOT proven\n")


def test_one_byte_in_the_registry(image: Pushed, server: Registry, verify: Verify) -> None:
    digest = image.push(server)
    layer = describe(image.layers[5], "").digest
    data = bytearray(server.blobs["app"][layer])
    data[len(data) // 2] ^= 1
    server.blobs["app"][layer] = bytes(data)
    said = verify(image, digest=digest)
    assert said.code == 1
    assert f"{layer}: the registry gives other bytes for it" in said.err


def test_the_config_was_changed(image: Pushed, verify: Verify) -> None:
    image.config["config"]["Env"].append("LD_PRELOAD=/tmp/x.so")
    image.config["config"]["User"] = "0"
    image.sign_again()
    said = verify(image)
    assert said.code == 1
    assert [line.partition(":")[0] for line in said.verdict("config")[1:]] == ["config.Env", "config.User"]


def test_layers_were_swapped(image: Pushed, verify: Verify) -> None:
    one, two = image.number("libc6"), image.number("zlib1g")
    for values in (image.layers, image.config["rootfs"]["diff_ids"]):
        values[one], values[two] = values[two], values[one]
    image.sign_again()
    said = verify(image)
    assert said.code == 1
    assert said.verdict("libc6 1.0-1")[0].split()[1:4] == ["out", "of", "order"]
    assert said.verdict("libc6 1.0-1")[1:] == ["zlib1g 1.0-1 should be in its place"]


def test_a_layer_too_many_and_one_too_few(image: Pushed, verify: Verify) -> None:
    more = copy.deepcopy(image)
    more.layers.append(edited(more.layers[-1], lambda _, data: data + b"#"))
    more.config["rootfs"]["diff_ids"].append(image.config["rootfs"]["diff_ids"][0])
    more.sign_again()
    said = verify(more)
    assert said.code == 1
    assert "not in the provenance" in said.out
    number = image.number("other 1.0")
    del image.layers[number], image.config["rootfs"]["diff_ids"][number]
    image.sign_again()
    said = verify(image)
    assert said.code == 1
    assert said.verdict("other 1.0")[0].startswith("14  missing")


def test_first_party_files_elsewhere(image: Pushed, verify: Verify) -> None:
    number = image.number("//app:main")
    image.replace(number, edited(image.layers[number], lambda _, data: data, {"usr/bin/python3.11": b"x"}))
    layer = image.recipe["layers"][-1]
    layer["digest"] = describe(image.layers[number], "").digest
    layer["diff_id"] = image.config["rootfs"]["diff_ids"][number]
    image.sign_again()
    said = verify(image)
    assert said.code == 1
    (reason,) = said.verdict("//app:main")[1:]
    assert "usr/bin/python3.11 is not below /app, where first-party files are" in reason


def test_the_provenance_names_other_archives(image: Pushed, verify: Verify, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    step = next(step for step in image.recipe["layers"] if step["name"] == "demo")
    step["sha256"] = "0" * 64
    said = verify(image)
    assert said.code == 1
    (reason,) = said.verdict("demo 1.0")[1:]
    assert "demo-1.0-py3-none-any.whl" in reason


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "demo\n--index-url=http://127.0.0.1:1/"}, "is not a valid name and version"),
        ({"version": "1 --pre"}, "is not a valid name and version"),
        ({"file": "../demo-1.0-py3-none-any.whl"}, "is not a valid file name"),
        ({"sha256": "../x"}, "is not a SHA-256"),
        ({"digest": 5}, "expected str"),
        ({"new": 5}, "unknown new"),
    ],
)
def test_hostile_provenance(image: Pushed, verify: Verify, change: dict[str, object], message: str) -> None:
    next(step for step in image.recipe["layers"] if step["name"] == "demo").update(change)
    said = verify(image)
    assert said.code == 1
    assert message in said.err
    assert said.out == ""


def test_the_provenance_is_of_another_image(image: Pushed, verify: Verify) -> None:
    image.provenance["subject"][0]["digest"]["sha256"] = "0" * 64
    said = verify(image)
    assert said.code == 1
    assert f"is the provenance of {'0' * 64}, not of sha256:" in said.err


def test_no_provenance_and_several(image: Pushed, verify: Verify, server: Registry, tmp_path: Path) -> None:
    image.documents = [json.dumps(image.provenance).encode(), json.dumps(image.provenance, indent=1).encode()]
    digest = image.push(server)
    said = verify(image, digest=digest)
    assert said.code == 1
    assert "2 provenances that differ are attached" in said.err
    (tmp_path / "provenance.json").write_text(json.dumps(image.provenance))
    assert verify(image, "--provenance", str(tmp_path / "provenance.json"), digest=digest).code == 0
    manifests = server.manifests["app"]
    server.manifests["app"] = {digest: manifests[digest]}
    said = verify(image, digest=digest)
    assert said.code == 1
    assert "no provenance is attached" in said.err
    assert "push the image with `provenance = True`" in said.err


def test_archives_come_from_index_and_mirror(
    image: Pushed, verify: Verify, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = tmp_path / "debian/pool/main"
    pool.mkdir(parents=True)
    for path in image.archives.glob("*.deb"):
        (pool / f"{path.name.partition('_')[0]}.deb").write_bytes(path.read_bytes())
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(image.archives))
    mirror = f"file://{tmp_path}/debian"
    said = verify(image, "--mirror", mirror, archives=None)
    assert said.code == 0, said
    (pool / "zlib1g.deb").unlink()
    (pool / "libc6.deb").write_bytes(b"other")
    said = verify(image, "--mirror", mirror, archives=None)
    assert said.code == 1
    assert f"{mirror}/pool/main/zlib1g.deb is not there" in said.err
    assert f"{mirror}/pool/main/libc6.deb has SHA-256 " in said.err


def test_what_cannot_be_made_is_accepted_by_name(image: Pushed, verify: Verify) -> None:
    next(step for step in image.recipe["layers"] if step["name"] == "demo")["built"] = True
    said = verify(image)
    assert said.code == 1
    assert said.verdict("demo 1.0")[1:] == ["its wheel was built from a source distribution"]
    assert verify(image, "--accept", "demo").code == 0


def test_a_base_of_others_is_taken_as_it_is(image: Pushed, verify: Verify) -> None:
    del image.recipe["base"]["parameters"], image.recipe["base"]["packages"]
    said = verify(image)
    assert "demo 1.0" in said.out
    assert said.verdict("demo 1.0")[0].split()[1:3] == ["same", "bytes"]
    assert said.verdict("manifest")[0].split()[:2] == ["same", "bytes"]
    assert said.code == 1
    assert verify(image, "--accept", "base").code == 0


@pytest.mark.parametrize("name", ["App", "127.0.0.1:1/app@sha256:0", "127.0.0.1:1/app:a b", ""])
def test_not_an_image(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main.main([name]) == 1
    assert "error:" in capfd.readouterr().err
