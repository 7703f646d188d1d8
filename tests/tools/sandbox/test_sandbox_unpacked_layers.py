"""The store of unpacked layers."""

from __future__ import annotations

import os
import tarfile
import time
from pathlib import Path

import pytest

from distroless_python.base.image_reader import read_image
from distroless_python.errors import ToolError
from distroless_python.sandbox import unpacked_layers
from distroless_python.sandbox.unpacked_layers import LayerStore, remove, store_directory
from distroless_python.sandbox.unpacked_root import User
from support import layouts
from support.layouts import member

Members = list[tuple[tarfile.TarInfo, bytes] | tarfile.TarInfo]

BASE: Members = [(member("etc/passwd"), b"root"), (member("usr/bin/python3"), b"python")]
WHEEL: Members = [member("usr", tarfile.DIRTYPE, mode=0o755), (member("usr/x.py"), b"x")]
APP: Members = [member("app", tarfile.DIRTYPE, mode=0o755), (member("app/main.py", mode=0o600), b"main")]


class Store:
    """A store in `directory`, and images whose base is their lowest layer."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "store"
        self.scratch = directory
        self.images = 0

    def roots(self, *layers: Members, user: User = User(65532, 65532)) -> list[str]:  # noqa: B008 (frozen)
        self.images += 1
        place = self.scratch / f"image{self.images}"
        layout = layouts.write_layout(place, [layouts.tar(layer) for layer in layers], {"User": f"{user.uid}"})
        return LayerStore(self.directory, layout).roots(read_image(layout, "amd64"), 1, lambda _: user)

    def kept(self) -> list[str]:
        return sorted(entry.name for entry in self.directory.iterdir() if entry.is_dir())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def files(root: str) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in Path(root).rglob("*") if path.is_file())


def test_images_share_what_they_have_in_common(store: Store) -> None:
    first = store.roots(BASE, WHEEL, APP)
    assert [files(root) for root in first] == [["etc/passwd", "usr/bin/python3"], ["usr/x.py"], ["app/main.py"]]
    inode = os.stat(f"{first[1]}/usr/x.py").st_ino
    other: Members = [member("app", tarfile.DIRTYPE, mode=0o755), (member("app/other.py"), b"")]
    second = store.roots(BASE, WHEEL, other)
    assert second[:2] == first[:2]
    assert os.stat(f"{second[1]}/usr/x.py").st_ino == inode
    assert len(store.kept()) == 4


def test_what_users_may_read_is_their_own(store: Store) -> None:
    private = [Path(store.roots(BASE, APP, user=User(uid, 0))[1]) / "app/main.py" for uid in (0, 65532)]
    assert [path.stat().st_mode & 0o777 for path in private] == [0o600, 0]


@pytest.mark.parametrize(
    "layer",
    [
        [member("usr", tarfile.DIRTYPE, mode=0o755), member("usr/bin", tarfile.DIRTYPE), member("usr/bin/.wh.python3")],
        [(member("usr/bin/more"), b"its directories are the base's")],
        [member("python", tarfile.LNKTYPE, linkname="usr/bin/python3")],
        [member("etc", tarfile.DIRTYPE, mode=0o755), (member("etc/passwd"), b"more users")],
        [member(d, tarfile.DIRTYPE) for d in ("var", "var/lib", "var/lib/dpkg")] + [(member("var/lib/dpkg/x"), b"")],
    ],
)
def test_what_means_nothing_alone_is_unpacked_with_the_base(store: Store, layer: Members) -> None:
    roots = store.roots(BASE, WHEEL, layer, APP)
    assert len(roots) == 2
    assert files(roots[1]) == ["app/main.py"]
    assert "usr/x.py" in files(roots[0])
    kept = store.kept()
    assert store.roots(BASE, WHEEL, layer, APP) == roots
    assert store.kept() == kept


def test_a_damaged_layer_leaves_nothing(store: Store) -> None:
    with pytest.raises(ToolError, match="leaves the root"):
        store.roots(BASE, [member("../x")])
    assert len(store.kept()) == 1


def test_what_nobody_used_for_a_month_goes(store: Store) -> None:
    old = store.roots(BASE, WHEEL, APP)
    long_ago = time.time() - 40 * 24 * 3600
    for entry in store.directory.iterdir():
        os.utime(entry, (long_ago, long_ago))
    assert store.roots(BASE, WHEEL)[0] == old[0]  # used: it stays
    newer: Members = [(member("usr/bin/other"), b"")]
    store.roots(newer)
    assert [os.path.exists(path) for path in old] == [True, True, False]


def test_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(unpacked_layers.VARIABLE, str(tmp_path / "chosen"))
    assert store_directory(tmp_path) == tmp_path / "chosen/unpacked-layers"
    monkeypatch.setenv(unpacked_layers.VARIABLE, "")
    assert store_directory(tmp_path) == tmp_path / "unpacked-layers"
    monkeypatch.setenv(unpacked_layers.VARIABLE, "/proc/nowhere")
    assert store_directory(tmp_path) == tmp_path / "unpacked-layers"
    monkeypatch.delenv(unpacked_layers.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert store_directory(tmp_path) == tmp_path / "cache/rules_distroless_python/unpacked-layers"


def test_a_scratch_directory_goes_with_its_store(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    layout = layouts.write_layout(tmp_path / "image", [layouts.tar([member("d", tarfile.DIRTYPE, mode=0)])])
    image = read_image(layout, "amd64")
    LayerStore(scratch / "unpacked-layers", layout).roots(image, 1, lambda _: User(65532, 65532))
    remove(scratch)
    assert not scratch.exists()
