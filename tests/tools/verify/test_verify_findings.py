"""Each kind of finding: the exact message, and what does not lead to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from distroless_python.common.errors import ToolError
from distroless_python.verify.elf_facts import ElfFacts, Script, UnreadableElf
from distroless_python.verify.main_verify import main
from support.facts import BASE_LIBRARIES, LIB, SITE, library, write_layer, write_profile

LABEL = "//app:image"
WHEEL = "opencv-python"


class Verify:
    """Runs `verify` in a directory; `errors` are its messages."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.directory = directory
        self.capsys = capsys
        self.layers: list[dict[str, str]] = []
        self.profile = write_profile(directory / "profile.json")

    def layer(self, name: str, version: str = "1.0", **more: Any) -> None:
        self.layers.append(write_layer(self.directory, name, version, **more))

    def base(self, **more: Any) -> None:
        self.profile = write_profile(self.directory / "profile.json", **more)

    def run(self, **job: Any) -> str:
        """The messages of errors and warnings, each with its remedy; empty where all is well."""
        manifest = self.directory / "manifest.json"
        value = {"label": LABEL, "profile": self.profile, "layers": self.layers, "output": str(self.stamp), **job}
        manifest.write_text(json.dumps(value), encoding="utf-8")
        self.stamp.unlink(missing_ok=True)
        try:
            main([str(manifest)])
        except ToolError as error:
            assert not self.stamp.exists()
            return self.capsys.readouterr().err + str(error)
        assert self.stamp.exists()
        return self.capsys.readouterr().err.rstrip("\n")

    @property
    def stamp(self) -> Path:
        return self.directory / "verified"


@pytest.fixture
def verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Verify:
    return Verify(tmp_path, capsys)


def module(*needed: str, **more: Any) -> ElfFacts:
    return library(f"{SITE}/cv2/cv2.abi3.so", *needed, **more)


def test_an_empty_image_is_right(verify: Verify) -> None:
    assert verify.run() == ""


# Libraries


def test_undefined_soname(verify: Verify) -> None:
    verify.layer(WHEEL, "4.1", elf=[module("libGL.so.1", "libc.so.6")])
    assert verify.run() == (
        "error: //app:image: opencv-python 4.1: cv2/cv2.abi3.so: needs libGL.so.1, which nothing in the image provides"
        " [undefined-soname:libGL.so.1]\n"
        '    remedy: add debs = ["libgl1"] to //app:image; or require opencv-python-headless instead of opencv-python'
    )


def test_undefined_sonames_and_the_line_that_adds_them_all(verify: Verify) -> None:
    verify.layer("x", elf=[module("libGL.so.1", "libgthread-2.0.so.0")])
    assert verify.run().endswith(
        "error: //app:image: 2 Debian packages are missing, see above\n"
        '    remedy: add debs = ["libgl1", "libglib2.0-0t64"] to //app:image'
    )


def test_undefined_soname_that_no_known_package_has(verify: Verify) -> None:
    verify.layer("x", elf=[module("libunheard.so.1")])
    assert verify.run().endswith(
        "    remedy: add the package of debian13 that has it to debs (`apt-file search libunheard.so.1` names it);"
        ' or if nothing loads it, add allow = {"undefined-soname:libunheard.so.1": "<why>"} to //app:image'
    )


def test_undefined_soname_of_a_driver(verify: Verify) -> None:
    verify.layer("x", elf=[module("libcuda.so.1")])
    assert verify.run().endswith(
        "    remedy: the GPU driver of the machine brings it: add"
        ' allow = {"undefined-soname:libcuda.so.1": "provided by the GPU runtime"} to //app:image'
    )


def test_undefined_soname_that_a_stranger_has(verify: Verify) -> None:
    verify.layer("x", elf=[module("libown.so")])
    verify.layer("y", "2.0", elf=[library(f"{SITE}/y/libown.so")])
    assert verify.run().endswith(
        "    remedy: y 2.0 has it, and is not required by what needs it: use versions that belong together"
    )


def test_a_soname_of_the_base_of_a_deb_or_by_rpath_is_defined(verify: Verify) -> None:
    verify.layer(WHEEL, elf=[module("libz.so.1", "libGL.so.1", "liba.so", runpath=("$ORIGIN/../x.libs",))])
    verify.layer("x-libs", elf=[library(f"{SITE}/x.libs/liba.so", "libb.so"), library(f"{SITE}/x.libs/libb.so")])
    verify.layer("libgl1", kind="deb", elf=[library(f"{LIB}/libGL.so.1", "libc.so.6")])
    assert verify.run() == ""


def test_a_soname_that_the_distribution_or_a_required_one_has_loaded_before(verify: Verify) -> None:
    verify.layer("torchvision", elf=[module("libtorch.so", "libown.so")], requires_dist=("torch>=2; extra == 'x'",))
    verify.layer("own", elf=[library(f"{SITE}/own/libown.so")])
    verify.layer("torch", elf=[library(f"{SITE}/torch/lib/libtorch.so")], requires_dist=("own", "not a requirement!"))
    assert "undefined-soname" not in verify.run()


def test_a_file_that_its_package_does_without(verify: Verify) -> None:
    path = f"{SITE}/numba/np/ufunc/tbbpool.cpython-313-x86_64-linux-gnu.so"
    verify.layer("numba", elf=[library(path, "libtbb.so.12")])
    assert verify.run() == ""
    verify.layer("numba", "2.0", elf=[library(f"{SITE}/numba/other.so", "libtbb.so.12")])
    assert "numba/other.so: needs libtbb.so.12" in verify.run()
    verify.layers = []
    verify.layer("other", elf=[library(path, "libtbb.so.12")])
    assert "[undefined-soname:libtbb.so.12]" in verify.run()


def test_an_app_may_count_on_every_wheel(verify: Verify) -> None:
    verify.layer("//app:app", "", kind="app", elf=[library("app/_main/x.so", "libtorch.so")])
    verify.layer("torch", elf=[library(f"{SITE}/torch/lib/libtorch.so")])
    assert verify.run() == ""


def test_what_is_in_usr_local_lib_is_not_in_the_cache(verify: Verify) -> None:
    verify.layer("x", elf=[module("libmkl.so")])
    verify.layer("mkl", elf=[library("usr/local/lib/libmkl.so")])
    assert "[undefined-soname:libmkl.so]" in verify.run()
    assert verify.run(env={"LD_LIBRARY_PATH": "/usr/local/lib"}) == ""


def test_undefined_version(verify: Verify) -> None:
    needs = {"libc.so.6": ("GLIBC_2.2.5", "GLIBC_2.42", "GLIBC_2.43")}
    verify.layer("x", "2.0", elf=[module("libc.so.6", requires=needs)])
    assert verify.run() == (
        "error: //app:image: x 2.0: cv2/cv2.abi3.so: needs GLIBC_2.43 of libc.so.6, and that of the base has up to"
        " GLIBC_2.41 [undefined-version:GLIBC_2.43]\n"
        "    remedy: use a base with glibc 2.43 or newer, or lock an older version of x, built for"
        " manylinux_2_41 or less"
    )


def test_undefined_version_that_a_newer_release_has(verify: Verify) -> None:
    old = [library(f"{LIB}/libc.so.6", defines=("GLIBC_2.36",))]
    verify.base(elf=[BASE_LIBRARIES[0], *old], glibc="2.36")
    verify.layer("x", elf=[module("libc.so.6", requires={"libc.so.6": ("GLIBC_2.38",)})])
    assert "use a base with glibc 2.38 or newer (from debian13 on), or lock an older version of x" in verify.run()


def test_undefined_version_of_another_library(verify: Verify) -> None:
    needs = {"libstdc++.so.6": ("GLIBCXX_3.4.34", "CXXABI_1.3.99")}
    verify.layer("x", elf=[module("libstdc++.so.6", requires=needs)])
    messages = verify.run()
    assert "that of the base has up to GLIBCXX_3.4.33 [undefined-version:GLIBCXX_3.4.34]" in messages
    assert "that of the base defines no CXXABI versions [undefined-version:CXXABI_1.3.99]" in messages
    assert "    remedy: use a base of a newer release, or lock an older version of x" in messages


def test_a_version_that_the_provider_has_or_that_it_does_not_count(verify: Verify) -> None:
    needs = {"libc.so.6": ("GLIBC_2.34",), "libz.so.1": ("ZLIB_1.2.9",)}  # the base's libz here has no versions at all
    verify.layer("x", elf=[module("libc.so.6", "libz.so.1", requires=needs)])
    assert verify.run() == ""


def test_wrong_machine(verify: Verify) -> None:
    verify.layer("x", "2.0", elf=[module("libGL.so.1", machine="aarch64")])
    assert verify.run() == (
        "error: //app:image: x 2.0: cv2/cv2.abi3.so: is for aarch64, and the image is x86_64 [wrong-machine:aarch64]\n"
        "    remedy: use a wheel for x86_64: lock again for this image"
    )


def test_wrong_libc(verify: Verify) -> None:
    verify.layer("//app:app", "", kind="app", elf=[library("app/x.so", "libc.musl-x86_64.so.1")])
    assert verify.run() == (
        "error: //app:image: //app:app: /app/x.so: is for musl, and the image is x86_64 with glibc"
        " [wrong-machine:musl]\n"
        "    remedy: build it for x86_64 with glibc"
    )


def test_a_wheel_for_several_machines_is_right_if_one_is_the_image_s(verify: Verify) -> None:
    other = library(f"{SITE}/x/x-arm.so", "libgone.so", machine="aarch64")
    verify.layer("x", elf=[module("libc.so.6"), other])
    assert verify.run() == ""
    mine = library(f"{SITE}/x.cpython-313-x86_64-linux-gnu.so", machine="aarch64")
    verify.layer("y", elf=[library(f"{SITE}/y.so"), mine])
    assert "x.cpython-313-x86_64-linux-gnu.so: is for aarch64, and the image is x86_64" in verify.run()


def test_unreadable_elf(verify: Verify) -> None:
    verify.layer("x", unreadable=[UnreadableElf(f"{SITE}/x/a.so", "it is cut short")])
    assert verify.run() == (
        "error: //app:image: x 1.0: x/a.so: starts as an ELF file and cannot be loaded: it is cut short"
        " [unreadable-elf:x/a.so]\n"
        "    remedy: use a wheel that was built again; if nothing loads this file (test data), allow it"
    )


@pytest.mark.parametrize(
    ("interpreter", "remedy"),
    [
        ("/usr/bin/env", "start the script with #!/usr/bin/python3.13: the image has no env"),
        ("/bin/sh", "the image has no shell: use a wheel without the script, or allow it if nobody runs it"),
        ("/opt/python", "use a wheel whose scripts start with #!python, or allow it if nobody runs it"),
    ],
)
def test_missing_interpreter(verify: Verify, interpreter: str, remedy: str) -> None:
    verify.layer("x", scripts=[Script("usr/local/bin/x", interpreter)])
    assert verify.run() == (
        f"error: //app:image: x 1.0: /usr/local/bin/x: is started by {interpreter}, which is not in the image"
        f" [missing-interpreter:{interpreter}]\n    remedy: {remedy}"
    )


def test_missing_interpreter_of_a_program(verify: Verify) -> None:
    verify.layer("x", elf=[ElfFacts("usr/local/bin/x", 64, "x86_64", interpreter="/lib64/ld-other.so")])
    assert "is started by /lib64/ld-other.so, which is not in the image" in verify.run()


def test_interpreters_that_are_there(verify: Verify) -> None:
    scripts = [Script("usr/local/bin/x", "/usr/bin/python3.13"), Script("usr/local/bin/y", "/bin/python3.13")]
    programs = [ElfFacts("usr/local/bin/z", 64, "x86_64", interpreter="/lib64/ld.so")]
    verify.layer("x", scripts=scripts, elf=programs)
    verify.layer("libthing1", kind="deb", scripts=[Script("usr/bin/thing-config", "/bin/sh")])
    assert verify.run() == ""


# Distributions


def test_missing_requirement(verify: Verify) -> None:
    verify.layer("django", "5.2", requires_dist=("asgiref>=3.8",))
    assert verify.run() == (
        "error: //app:image: django 5.2: requires asgiref>=3.8, which is not in the image"
        " [missing-requirement:asgiref]\n"
        "    remedy: add asgiref to the requirements and lock again, or to the binary's deps"
    )


def test_unsatisfied_requirement(verify: Verify) -> None:
    verify.layer("django", "5.2", requires_dist=("asgiref (>=3.8,<4)",))
    verify.layer("asgiref", "3.7.2")
    assert verify.run() == (
        "error: //app:image: django 5.2: requires asgiref>=3.8,<4, and the image has asgiref 3.7.2"
        " [unsatisfied-requirement:asgiref]\n"
        "    remedy: lock again, so that one version satisfies all"
    )


def test_invalid_requirement(verify: Verify) -> None:
    verify.layer("old", requires_dist=("foo (>dev)",))
    assert verify.run() == (
        "error: //app:image: old 1.0: METADATA: 'foo (>dev)' is no requirement: 'dev' is no version"
        " [invalid-requirement:old]\n"
        "    remedy: lock another version of it; pip refuses this one too"
    )


def test_requirements_that_are_satisfied_or_do_not_apply(verify: Verify) -> None:
    requires = (
        "Typing_Extensions",
        "numpy>=2",
        "gone; python_version < '3.13'",
        "gone; sys_platform == 'win32' or platform_machine == 'aarch64'",
        "gone; python_full_version < '3.13.4'",
        "gone; extra == 'all'",
    )
    verify.layer("x", requires_dist=requires)
    verify.layer("typing-extensions", "4.0")
    verify.layer("python3-numpy", kind="deb", files=["usr/lib/python3/dist-packages/numpy-2.1.dist-info/METADATA"])
    assert verify.run() == ""


def test_extras_that_others_ask_for(verify: Verify) -> None:
    verify.layer("app", requires_dist=("celery[Redis_x]",))
    verify.layer("celery", requires_dist=("kombu[y]; extra == 'redis-x'", "gone; extra == 'other'"))
    verify.layer("kombu", requires_dist=("redis; extra == 'y'",))
    assert "requires redis, which is not in the image" in verify.run()
    verify.layer("redis")
    assert verify.run() == ""


def test_wrong_tag(verify: Verify) -> None:
    verify.layer("x", "2.0", tags=("cp311-cp311-manylinux_2_17_x86_64",))
    assert verify.run() == (
        "error: //app:image: x 2.0: it is for Python cp311 (cp311), and the base has Python 3.13 (cp313)"
        " [wrong-tag:x]\n"
        "    remedy: lock again for this image, or use a base that the wheel is for"
    )


@pytest.mark.parametrize(("specifiers", "fits"), [(">=3.9,<3.13.5", False), (">=3.13.5", True), ("what", True)])
def test_wrong_python(verify: Verify, specifiers: str, fits: bool) -> None:
    verify.layer("x", requires_python=specifiers)
    message = (
        f"error: //app:image: x 1.0: needs Python {specifiers}, and the base has 3.13.5 [wrong-python:x]\n"
        "    remedy: lock again for this image, or use a base that the wheel is for"
    )
    assert verify.run() == ("" if fits else message)


def test_wrong_python_where_only_the_minor_version_is_known(verify: Verify) -> None:
    verify.base(packages=[])
    verify.layer("x", requires_python=">=3.13.5")
    assert verify.run() == ""
    verify.layer("y", requires_python="<3.13")
    assert "needs Python <3.13, and the base has 3.13 [wrong-python:y]" in verify.run()


# Files


def test_duplicate_path(verify: Verify) -> None:
    verify.layer("one", "1.0", files={f"{SITE}/tests/a.py": "1", f"{SITE}/tests/b.py": "1"})
    verify.layer("two", "2.0", files={f"{SITE}/tests/a.py": "2", f"{SITE}/tests/b.py": "2"})
    assert verify.run() == (
        "error: //app:image: two 2.0: tests/a.py and 1 more: one 1.0 and two 2.0 put different things there"
        " [duplicate-path:one+two]\n"
        "    remedy: leave one of them out, or lock versions that do not share a path; the upper layer would win"
    )


def test_duplicate_path_of_the_base_of_a_directory_of_a_link(verify: Verify) -> None:
    verify.layer("one", files=["usr/lib/python3.13/os.py"])
    assert "[duplicate-path:base+one]" in verify.run()
    verify.layers = []
    verify.layer("two", files=[f"{SITE}/x"])
    verify.layer("three", files=[f"{SITE}/x/y"])
    assert "three 1.0: x: two 1.0 and three 1.0 put different things there" in verify.run()
    verify.layers.reverse()
    assert "two 1.0: x: three 1.0 and two 1.0 put different things there" in verify.run()
    verify.layers = []
    verify.layer("four", links={"usr/local/bin/x": "y"})
    verify.layer("five", links={"usr/local/bin/x": "z"})
    assert "[duplicate-path:five+four]" in verify.run()


def test_the_cache_of_libraries_is_there_to_be_replaced(verify: Verify) -> None:
    verify.base(files=["etc/ld.so.cache"])
    verify.layer("ld.so.cache", kind="files", files={"etc/ld.so.cache": "longer than the base's"})
    assert verify.run() == ""


def test_the_same_content_at_a_path_twice_is_right(verify: Verify) -> None:
    verify.layer("one", files={f"{SITE}/space/__init__.py": ""}, links={"usr/local/bin/x": "y"})
    verify.layer("two", files={f"{SITE}/space/__init__.py": "", "bin/program": ""}, links={"usr/local/bin/x": "y"})
    assert verify.run() == ""


@pytest.mark.parametrize(
    ("path", "subject", "reason"),
    [
        ("app/_main/.env", "app/_main/.env", "has the name of a file with secrets"),
        ("app/_main/.env.production", "app/_main/.env.production", "has the name of a file with secrets"),
        ("app/_main/.ssh/config", "app/_main/.ssh/config", "has the name of a file with secrets"),
        ("app/_main/.git/objects/ab", "app/_main/.git", "is a repository with its history"),
    ],
)
def test_secret_file(verify: Verify, path: str, subject: str, reason: str) -> None:
    verify.layer("//app:app", "", kind="app", files=[path])
    assert verify.run() == (
        f"error: //app:image: //app:app: /{subject}: {reason}, and everybody who has the image can read it"
        f" [secret-file:{subject}]\n"
        "    remedy: take it out of srcs and data and mount it when the image runs, or allow it if it is none"
    )


def test_secret_file_by_its_content(verify: Verify) -> None:
    verify.layer("//app:app", "", kind="app", private_keys=["app/_main/server.pem"])
    assert "/app/_main/server.pem: is a private key, and everybody" in verify.run()


def test_files_without_secrets_and_files_of_wheels(verify: Verify) -> None:
    names = (".env.example", "env", "id_rsa.pub", "key.py", ".github/x", ".gitignore", "a.pem", ".ssh/known_hosts")
    verify.layer("//app:app", "", kind="app", files=[f"app/_main/{name}" for name in names])
    verify.layer("wheel", files=[f"{SITE}/x/.env"], private_keys=[f"{SITE}/x/tests/a.pem"])
    assert verify.run() == ""


# The image


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("file", "/app/_main/gone.py", "the main file /app/_main/gone.py is not in the image"),
        ("module", "gunicorn", "the module 'gunicorn' is not in the image"),
        ("console_script", "gunicorn", "no wheel in the image provides the console script 'gunicorn'"),
    ],
)
def test_missing_entry(verify: Verify, kind: str, value: str, message: str) -> None:
    messages = verify.run(entry={"kind": kind, "value": value})
    assert f"{message} [missing-entry:{value}]\n    remedy: " in messages


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("file", "/app/_main/main.py"),
        ("module", "main"),
        ("module", "venv"),
        ("module", "gunicorn"),
        ("console_script", "gunicorn"),
        ("none", ""),
    ],
)
def test_entries_that_are_there(verify: Verify, kind: str, value: str) -> None:
    verify.layer("gunicorn", files=["usr/local/bin/gunicorn", f"{SITE}/gunicorn/__main__.py"])
    verify.layer("//app:app", "", kind="app", files=["app/_main/main.py"])
    assert verify.run(entry={"kind": kind, "value": value}, imports=["/app/_main"]) == ""


def _status(directory: Path, day: str) -> str:
    seconds = {"2026-06-01": 1780272000, "2026-08-31": 1788134400, "2026-09-02": 1788307200, "2026-01-01": 1767225600}
    path = directory / "volatile-status.txt"
    path.write_text(f"FORMATTED_DATE x\nBUILD_TIMESTAMP {seconds[day]}\n", encoding="utf-8")
    return str(path)


def test_end_of_life(verify: Verify) -> None:
    status = _status(verify.directory, "2026-09-02")
    assert verify.run(end_of_life="2026-08-31", volatile_status=status) == (
        "error: //app:image: the base gets no updates since 2026-08-31 [end-of-life:debian13]\n"
        "    remedy: use a base of a newer release"
    )


@pytest.mark.parametrize(("day", "left"), [("2026-06-01", 91), ("2026-08-31", 0)])
def test_end_of_life_ahead(verify: Verify, day: str, left: int) -> None:
    message = (
        f"warning: //app:image: the base gets updates until 2026-08-31, in {left} days [end-of-life:debian13]\n"
        "    remedy: use a base of a newer release"
    )
    found = verify.run(end_of_life="2026-08-31", volatile_status=_status(verify.directory, day))
    assert found == (message if left <= 90 else "")


def test_end_of_life_of_a_release_that_is_known(verify: Verify) -> None:
    verify.base(release={"id": "debian", "version_id": "10", "codename": "buster"})
    assert "[end-of-life:debian10]" in verify.run(volatile_status=_status(verify.directory, "2026-01-01"))
    assert verify.run() == ""


def test_end_of_life_that_is_no_date(verify: Verify) -> None:
    found = verify.run(end_of_life="soon", volatile_status=_status(verify.directory, "2026-01-01"))
    assert found.startswith("error: //app:image: end_of_life: no date: ")


@pytest.mark.parametrize(("count", "fits"), [(124, True), (125, False)])
def test_too_many_layers(verify: Verify, count: int, fits: bool) -> None:
    layer = {"digest": "sha256:1", "size": 1, "mediaType": "x", "diff_id": "sha256:2"}
    verify.base(layers=[layer] * count)
    verify.layer("x")
    message = (
        "error: //app:image: has 126 layers at least (125 are the base's), and Docker takes 125 [too-many-layers:126]\n"
        "    remedy: use a base with fewer layers"
    )
    assert verify.run() == ("" if fits else message)


# Exceptions


def test_an_exception_with_a_reason(verify: Verify) -> None:
    verify.layer("torch", elf=[module("libcuda.so.1")])
    assert verify.run(allow={"undefined-soname:libcuda.so.1": "provided by the GPU runtime"}) == ""


def test_an_exception_without_a_reason(verify: Verify) -> None:
    verify.layer("torch", elf=[module("libcuda.so.1")])
    assert verify.run(allow={"undefined-soname:libcuda.so.1": " "}) == (
        "error: //app:image: allow gives no reason for 'undefined-soname:libcuda.so.1'"
        " [unexplained-exception:undefined-soname:libcuda.so.1]\n    remedy: say why"
    )


def test_an_exception_that_matches_nothing(verify: Verify) -> None:
    assert verify.run(allow={"undefined-soname:libcuda.so.1": "GPU"}) == (
        "error: //app:image: allow has 'undefined-soname:libcuda.so.1', and there is nothing of that name to allow"
        " [unused-exception:undefined-soname:libcuda.so.1]\n    remedy: remove it from allow"
    )


def test_everything_at_once(verify: Verify) -> None:
    verify.layer(WHEEL, elf=[module("libGL.so.1")], requires_dist=("numpy",), scripts=[Script("usr/bin/x", "/bin/sh")])
    verify.layer("//app:app", "", kind="app", files=["app/.env"])
    messages = verify.run(entry={"kind": "module", "value": "x"}, allow={"a:b": "c"})
    assert messages.count("error: ") == 6


def test_a_report_never_fails(verify: Verify) -> None:
    verify.layer(WHEEL, elf=[module("libGL.so.1")])
    report = verify.directory / "report.json"
    manifest = verify.directory / "report.manifest"
    value = {"label": LABEL, "profile": verify.profile, "layers": verify.layers, "report_json": str(report)}
    manifest.write_text(json.dumps(value), encoding="utf-8")
    assert main([str(manifest)]) == 0
    assert [item["name"] for item in json.loads(report.read_text())["findings"]] == ["undefined-soname:libGL.so.1"]
