"""Findings about imports, on images whose facts are written for a test."""

# ruff: noqa: E501 (messages as they are)

from __future__ import annotations

from typing import Any

import pytest

from support.facts import SITE
from support.verification import MAIN, Verify, app

STDLIB = [
    f"usr/lib/python3.13/{name}"
    for name in (
        "os.py",
        "json/__init__.py",
        "email/__init__.py",
        "typing.py",
        "ctypes/__init__.py",
        "logging/__init__.py",
    )
] + ["usr/lib/python3.13/lib-dynload/_ssl.cpython-313-x86_64-linux-gnu.so"]


@pytest.fixture
def program(verify: Verify) -> Verify:
    verify.base(files=STDLIB)
    return verify


def wheel(verify: Verify, name: str, sources: dict[str, str], **more: Any) -> None:
    verify.layer(name, files={f"{SITE}/{path}": text for path, text in sources.items()}, **more)


def test_an_import_that_finds_nothing(program: Verify) -> None:
    said = app(program, {"main.py": "import os, sys, json\nimport requests\n"})
    assert said == (
        "error: //app:image: /app/_main/main.py: the module requests is imported by main, and is not"
        " in the image [missing-import:requests]\n"
        "    remedy: if it is the project's own, add its target to deps, or its folder to imports; if it is requests's, add"
        " requests to the requirements, lock again, and add it to deps"
    )
    assert program.run(entry=MAIN, allow={"missing-import:requests": "why not"}) == ""


@pytest.mark.parametrize(
    "source",
    [
        "import os.path, sys, time, json",
        "try:\n    import x\nexcept ImportError:\n    x = None",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import x",
        "import sys\nif sys.platform == 'win32':\n    import winreg",
        "import a.b\nfrom a import c, d",
        "from . import nothing",
    ],
)
def test_imports_that_are_fine(program: Verify, source: str) -> None:
    wheel(program, "a", {"a/__init__.py": "from a import c", "a/b.py": "", "a/c.py": ""})
    assert app(program, {"main.py": source}) == ""


def test_imports_are_followed_through_distributions(program: Verify) -> None:
    wheel(program, "one", {"one/__init__.py": "from . import core", "one/core.py": "import two"})
    wheel(program, "two", {"two.py": "import packaging.version"}, requires_dist=("packaging>=2; extra == 'x'",))
    said = app(program, {"main.py": "import one"})
    assert "two 1.0: two.py: the module packaging is imported by main → one → one.core → two, and is not" in said
    assert "remedy: require two[x] instead of two, and lock again" in said


def test_what_nothing_imports_may_lack_everything(program: Verify) -> None:
    wheel(program, "one", {"one/__init__.py": "", "one/optional.py": "import nothing"})
    assert app(program, {"main.py": "import one", "unused.py": "import nothing"}) == ""


def test_a_submodule_by_the_files_of_a_wheel(program: Verify) -> None:
    wheel(program, "one", {"one/__init__.py": "", "lazy/__init__.py": "import sys\nsys.modules['lazy.x'] = 1"})
    said = app(program, {"main.py": "import one.two.three\nimport lazy.x\nfrom one import name"})
    assert "missing-import:one.two]" in said
    assert "lazy" not in said


def test_a_fallback_has_to_be_there_where_the_first_is_not(program: Verify) -> None:
    source = "try:\n    import ujson\nexcept ImportError:\n    import simplejson as ujson"
    assert "missing-import:ujson" in app(program, {"main.py": source})
    wheel(program, "simplejson", {"simplejson.py": ""})
    assert program.run(entry=MAIN) == ""


def test_an_import_in_a_function_of_first_party_code_is_a_warning(program: Verify) -> None:
    said = app(
        program,
        {"main.py": "def f():\n    import requests\n    try:\n        import x\n    except ImportError:\n        pass"},
    )
    assert said.startswith("warning: //app:image: /app/_main/main.py: the module requests is imported by")
    assert "when it is called" in said
    assert "missing-import:x" not in said


def test_namespace_packages_over_several_roots(program: Verify) -> None:
    wheel(program, "ns-one", {"ns/one.py": ""})
    sources = {"main.py": "import ns.one, ns.two\nfrom ns import three", "src/ns/two.py": ""}
    said = app(program, sources, imports=["/app/_main", "/app/_main/src"])
    assert "ns.three" in said
    assert "ns.one" not in said
    assert "ns.two" not in said


def test_a_pth_file_adds_a_directory(program: Verify) -> None:
    wheel(program, "one", {"one.pth": "inner\nimport something\n", "inner/one.py": ""})
    assert app(program, {"main.py": "import one"}) == ""


@pytest.mark.parametrize(
    ("module", "remedy"),
    [
        ("tkinter", 'add debs = ["python3-tk"] to //app:image (lock it first)'),
        ("asyncore", "Python 3.12 and newer have no asyncore: use what replaces it, or a base with an older Python"),
        ("distutils.core", "Python 3.12 and newer have no distutils: use what replaces it (setuptools brings one)"),
        ("yaml", "if it is pyyaml's, add pyyaml to the requirements"),
    ],
)
def test_remedies(program: Verify, module: str, remedy: str) -> None:
    assert remedy in app(program, {"main.py": f"import {module}"})


def test_wrong_syntax(program: Verify) -> None:
    wheel(program, "old", {"old/__init__.py": "", "old/py2.py": "invalid", "bad.py": "invalid"})
    said = app(program, {"main.py": "import old, bad", "unused.py": "invalid"})
    assert "old 1.0: bad.py:1: line 1 is not valid for Python 3.13.5: invalid syntax [wrong-syntax:bad.py]" in said
    assert "warning: //app:image: /app/_main/unused.py:1" in said
    assert "py2" not in said


def test_a_root_that_hides_the_standard_library(program: Verify) -> None:
    sources = {"main.py": "", "hc/integrations/email/__init__.py": "", "hc/own.py": ""}
    said = app(program, sources, imports=["/app/_main", "/app/_main/hc/integrations"])
    assert (
        "error: //app:image: /app/_main/hc/integrations/email/__init__.py: hides email of Python's standard library, which"
        " Python itself imports [hidden-module:email]\n"
        "    remedy: rename it, or remove /app/_main/hc/integrations from the imports of the targets that set it"
    ) in said


def test_a_program_beside_a_module_that_python_has_imported_before(program: Verify) -> None:
    said = app(program, {"main.py": "", "os.py": "", "json.py": ""}, imports=[])
    assert "hides json of Python's standard library" in said
    assert "hides os" not in said


def test_a_root_with_a_module_that_python_imports_first(program: Verify) -> None:
    assert "hides os of Python's standard library" in app(program, {"main.py": "", "os.py": ""})


def test_a_root_that_hides_a_wheel(program: Verify) -> None:
    wheel(program, "utils", {"utils.py": ""})
    assert app(program, {"main.py": "import utils", "utils.py": ""}) == ""
    wheel(program, "user", {"user.py": "import utils"})
    program.layer("//app:other", "", kind="app", files={"app/_main/main.py": "import user"})
    assert "hides utils of utils 1.0, which user (user 1.0) imports [hidden-module:utils]" in program.run(
        entry=MAIN, imports=["/app/_main"]
    )


@pytest.mark.parametrize(
    ("entry", "arguments", "env", "missing"),
    [
        ("gunicorn", ["-w", "4", "site_.wsgi:application"], {}, "site_"),
        ("gunicorn", ["--bind=0.0.0.0:80", "--reload", "app:app"], {}, ""),
        ("gunicorn", ["-k", "gevent", "app:app"], {}, "packaging"),
        ("gunicorn", ["app:app"], {"GUNICORN_CMD_ARGS": "--worker-class=gevent"}, "packaging"),
        ("gunicorn", ["-k", "uvicorn.workers.UvicornWorker", "app:app"], {}, "uvicorn"),
        ("uvicorn", ["app:app", "--loop", "uvloop"], {}, "uvloop"),
        ("celery", ["-A", "nothing", "worker"], {}, "nothing"),
        ("celery", ["--app=app.celery_app", "worker"], {}, ""),
        ("flask", ["--app", "other", "run"], {}, "other"),
        ("fastapi", ["run", "app.py"], {}, ""),
        ("fastapi", ["run", "src/main.py"], {}, "src"),
        ("rq", ["worker", "microblog-tasks"], {}, ""),
        ("arq", ["app.WorkerSettings"], {}, ""),
        ("dramatiq", ["other.tasks"], {}, "other"),
    ],
)
@pytest.mark.parametrize("kind", ["module", "console_script"])
def test_what_servers_are_told_to_import(
    program: Verify, kind: str, entry: str, arguments: list[str], env: dict[str, str], missing: str
) -> None:
    ggevent = "try:\n    import gevent\nexcept ImportError:\n    raise RuntimeError('x')\nelse:\n    from packaging.version import parse"
    workers = {"gunicorn/workers/__init__.py": "", "gunicorn/workers/ggevent.py": ggevent}
    brings = {"__init__.py": "", "__main__.py": "", "cli.py": ""}
    wheel(program, entry, {f"{entry}/{name}": text for name, text in brings.items()} | (workers if entry == "gunicorn" else {}),
          entry_points={entry: f"{entry}.cli:main"}, scripts=())  # fmt: skip
    wheel(program, "gevent", {"gevent.py": ""})
    program.layer("scripts", files=["usr/local/bin/" + entry])
    said = app(program, {"app.py": ""}, entry={"kind": kind, "value": entry}, args=arguments, env=env)
    assert (f"missing-import:{missing}]" in said) if missing else said == ""


def test_djangos_settings_are_followed(program: Verify) -> None:
    wheel(program, "django", {"django/__init__.py": "", "django/urls.py": "", "django/core/wsgi.py": "",
                              "django/db/backends/postgresql/base.py": "import psycopg"})  # fmt: skip
    sources = {
        "main.py": "import os\nimport django.core.wsgi\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')",
        "site_/__init__.py": "",
        "site_/base.py": "INSTALLED_APPS = ['polls.apps.PollsConfig', 'nowhere']\nMIDDLEWARE = ['m.a.B']",
        "site_/settings.py": "from .base import *\nROOT_URLCONF = 'site_.urls'\nMIDDLEWARE = ['django.x.Y']\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\nTIME_ZONE = 'Mars/Olympus'",
        "site_/urls.py": "from django.urls import include\nurlpatterns = [include('polls.urls')]",
        "polls/__init__.py": "",
        "polls/apps.py": "",
        "polls/models.py": "import requests",
    }
    said = app(program, sources)
    for name in ("nowhere", "polls.urls", "django.x", "psycopg", "requests"):
        assert f"missing-import:{name}]" in said
    assert "missing-data:Mars/Olympus" in said
    assert "missing-import:m" not in said  # MIDDLEWARE of the module that imports all of the other's names counts
    assert "INSTALLED_APPS has nowhere" in said


def test_the_report_says_what_was_followed(program: Verify) -> None:
    app(program, {"main.py": "import a, b"})
    report = program.report(entry=MAIN)
    assert report["program"]["starts"] == ["/app/_main/main.py"]
    assert report["program"]["missing"] == ["a", "b"]
    assert report["config"]["digest"] == "sha256:5"
    assert report["config"]["starts"] == "/app/_main/main.py"
    page = program.page.read_text(encoding="utf-8")
    for text in ("not checked: ", "sha256:5", "8000/tcp", "a=b", "65532"):
        assert text in page


def test_what_a_slim_base_has_left_out(program: Verify) -> None:
    debs = {"lock": "bases/debian13.lock.json", "locked": [], "left_out": ["terminal", "programs"]}
    source = "import curses.panel, subprocess\nsubprocess.run(['getconf', 'PAGESIZE'])\n"
    said = app(program, {"main.py": source}, debs=debs)
    for part in ("terminal", "programs"):
        assert f'remedy: add keep = ["{part}"] to the slim distroless.base of bases/debian13.lock.json' in said
    assert "keep =" not in program.run(entry=MAIN, imports=["/app/_main"])
