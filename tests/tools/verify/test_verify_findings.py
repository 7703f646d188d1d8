"""Findings about distributions, files and the image: the exact messages, and what does not lead to them."""

from __future__ import annotations

import pytest

from distroless_python.documents.base_profile import BaseLayer, Release
from distroless_python.documents.layer_contents import Script
from support.facts import SITE
from support.verification import WHEEL, Verify, module


def test_an_empty_image_is_right(verify: Verify) -> None:
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
        "error: //app:image: django 5.2: requires asgiref<4,>=3.8, and the image has asgiref 3.7.2"
        " [unsatisfied-requirement:asgiref]\n"
        "    remedy: lock again, so that one version satisfies all"
    )


def test_invalid_requirement(verify: Verify) -> None:
    verify.layer("old", requires_dist=("foo (>dev)",))
    assert verify.run() == (
        "error: //app:image: old 1.0: METADATA: 'foo (>dev)' is not a valid requirement: "
        "Expected matching RIGHT_PARENTHESIS for LEFT_PARENTHESIS, after version specifier"
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


@pytest.mark.parametrize(("folder", "level"), [("x", "error"), ("tests", "warning"), ("docs", "warning")])
def test_duplicate_path(verify: Verify, folder: str, level: str) -> None:
    """What distributions put beside their packages by mistake is a warning: nothing imports it."""
    verify.layer("one", "1.0", files={f"{SITE}/{folder}/a.py": "1", f"{SITE}/{folder}/b.py": "1"})
    verify.layer("two", "2.0", files={f"{SITE}/{folder}/a.py": "2", f"{SITE}/{folder}/b.py": "2"})
    assert verify.run() == (
        f"{level}: //app:image: two 2.0: {folder}/a.py and 1 more: one 1.0 and two 2.0 put different things there"
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
        "    remedy: take it out of srcs and data and mount it when the image runs, or allow it if it is not one"
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


@pytest.mark.parametrize(
    ("target", "there"),
    [
        ("x.run:main", True),
        ("x.fast:main", True),
        ("x.sub:main", True),
        ("x:main", True),
        ("json.tool:main", False),  # the stand-in's standard library is a few files
        ("x.gone:main", False),
        ("x.ru:main", False),
        ("gone:main", False),
    ],
)
def test_what_a_console_script_calls(verify: Verify, target: str, there: bool) -> None:
    files = [
        "usr/local/bin/x",
        f"{SITE}/x/run.py",
        f"{SITE}/x/fast.cpython-313-x86_64-linux-gnu.so",
        f"{SITE}/x/sub/a.py",
    ]
    verify.layer("x", files=files, entry_points={"x": target})
    messages = verify.run(entry={"kind": "console_script", "value": "x"})
    module = target.partition(":")[0]
    wanted = f"the console script 'x' calls {target}, and the module '{module}' is not in the image [missing-entry:x]"
    assert (messages == "") if there else (f"x 1.0: console_script: {wanted}\n    remedy: require" in messages)


@pytest.mark.parametrize(
    ("test", "runner"),
    [
        (["CMD-SHELL", "curl -f http://localhost || exit 1"], "/bin/sh"),
        (["CMD", "/usr/bin/curl", "localhost"], "/usr/bin/curl"),
        (["CMD", "/usr/lib/python3.13/os.py"], ""),
        (["CMD", "python3", "probe.py"], ""),
        (["NONE"], ""),
        ([], ""),
    ],
)
def test_a_health_check_of_the_base(verify: Verify, test: list[str], runner: str) -> None:
    verify.base(config={"config": {"Healthcheck": {"Test": test}}})
    message = (
        f"error: //app:image: the base's HEALTHCHECK is run by {runner}, which is not in the image"
        " [missing-interpreter:HEALTHCHECK]\n"
        '    remedy: write `healthcheck` of your own, or take it away: healthcheck = ["NONE"]'
    )
    assert verify.run() == (message if runner else "")


def _until(verify: Verify, end_of_life: str) -> str:
    verify.base(end_of_life=end_of_life)
    return verify.run()


def test_end_of_life(verify: Verify) -> None:
    verify.today = "2026-09-02"
    assert _until(verify, "2026-08-31") == (
        "error: //app:image: the base gets no updates since 2026-08-31 [end-of-life:debian13]\n"
        "    remedy: use a base of a newer release"
    )


@pytest.mark.parametrize(("today", "left"), [("2026-06-01", 91), ("2026-08-31", 0)])
def test_end_of_life_ahead(verify: Verify, today: str, left: int) -> None:
    verify.today = today
    message = (
        f"warning: //app:image: the base gets updates until 2026-08-31, in {left} days [end-of-life:debian13]\n"
        "    remedy: use a base of a newer release"
    )
    found = _until(verify, "2026-08-31")
    assert found == (message if left <= 90 else "")


def test_end_of_life_of_a_release_that_is_known(verify: Verify) -> None:
    verify.base(release=Release("debian", "10", "buster"))
    assert "[end-of-life:debian10]" in verify.run()


def test_end_of_life_that_is_no_date(verify: Verify) -> None:
    assert _until(verify, "soon").startswith("error: //app:image: end_of_life: is not a valid date: ")


@pytest.mark.parametrize(("count", "fits"), [(124, True), (125, False)])
def test_too_many_layers(verify: Verify, count: int, fits: bool) -> None:
    verify.base(layers=(BaseLayer("sha256:1", 1, "x", "sha256:2"),) * count)
    verify.layer("x")
    message = (
        "error: //app:image: has 126 layers at least (125 are the base's), and Docker takes 125 [too-many-layers:126]\n"
        "    remedy: use a base with fewer layers"
    )
    assert verify.run() == ("" if fits else message)


# GPUs


def test_distributions_for_a_gpu_that_the_image_does_not_have(verify: Verify) -> None:
    verify.layer("nvidia-cublas", large=900_000_000)
    verify.layer("triton", large=600_000_000)
    verify.layer("numpy", large=20_000_000)
    assert verify.run() == (
        "warning: //app:image: 2 distributions of 1.5 GB are for nvidia GPUs alone: nvidia-cublas, triton"
        " [unused-gpu:nvidia]\n"
        '    remedy: add gpu = "nvidia" to //app:image if it runs on one; if not, lock builds for the CPU'
        " (torch: those of PyTorch's index for the CPU), which leave them out"
    )
    assert verify.run(gpu="nvidia") == ""


# Exceptions


def test_an_exception_with_a_reason(verify: Verify) -> None:
    verify.layer("torch", elf=[module("libplugin.so.1")])
    assert verify.run(allow={"undefined-soname:libplugin.so.1": "the plug-in is not used"}) == ""


def test_an_exception_without_a_reason(verify: Verify) -> None:
    verify.layer("torch", elf=[module("libcuda.so.1")])
    assert verify.run(allow={"undefined-soname:libcuda.so.1": " "}) == (
        "error: //app:image: allow gives no reason for 'undefined-soname:libcuda.so.1'"
        " [unexplained-exception:undefined-soname:libcuda.so.1]\n    remedy: say why"
    )


def test_an_exception_that_matches_nothing(verify: Verify) -> None:
    assert verify.run(allow={"undefined-soname:libcuda.so.1": "GPU"}) == (
        "error: //app:image: allow has 'undefined-soname:libcuda.so.1', but no finding has that name"
        " [unused-exception:undefined-soname:libcuda.so.1]\n    remedy: remove it from allow"
    )


def test_everything_at_once(verify: Verify) -> None:
    verify.layer(WHEEL, elf=[module("libGL.so.1")], requires_dist=("numpy",), scripts=[Script("usr/bin/x", "/bin/sh")])
    verify.layer("//app:app", "", kind="app", files=["app/.env"])
    messages = verify.run(entry={"kind": "module", "value": "x"}, allow={"a:b": "c"})
    assert messages.count("error: ") == 6


def test_a_report_never_fails(verify: Verify) -> None:
    verify.layer(WHEEL, elf=[module("libGL.so.1")])
    assert [item["name"] for item in verify.report()["findings"]] == ["undefined-soname:libGL.so.1"]
