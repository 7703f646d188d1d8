"""Findings about libraries, programs and data, on images whose facts are written for a test."""

# ruff: noqa: E501 (messages as they are)
from __future__ import annotations

import pytest

from support.facts import LIB, SITE, library
from support.verification import MAIN, Verify, app

STDLIB = [f"usr/lib/python3.13/{name}.py" for name in ("os", "ctypes", "subprocess", "pathlib", "locale", "zoneinfo")]
OPENS = "import ctypes\nctypes.CDLL(ctypes.util.find_library('magic'))"


@pytest.fixture
def program(verify: Verify) -> Verify:
    verify.base(files=STDLIB)
    return verify


def test_a_library_that_an_import_opens(program: Verify) -> None:
    program.layer("python-magic", "0.4", files={f"{SITE}/magic.py": OPENS})
    said = app(program, {"main.py": "import magic"}, debs={"lock": "", "locked": ["libmagic1t64"]})
    assert said == (
        "error: //app:image: python-magic 0.4: magic.py:2: the module magic opens libmagic.so.1 (magic) when it is imported, and it is not in the image [missing-library:libmagic.so.1]\n"
        '    remedy: add debs = ["@debian13_debs//:libmagic1t64"] to //app:image'
    )


def test_the_package_is_among_those_that_are_missing(program: Verify) -> None:
    program.layer("python-magic", "0.4", files={f"{SITE}/magic.py": OPENS})
    app(program, {"main.py": "import magic"})
    assert program.report(entry=MAIN)["debs"] == ["libmagic1t64"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (f"{LIB}/libmagic.so.1", "deb"),
        (f"{SITE}/magic/libmagic.so", "wheel"),
        (f"{SITE}/m.libs/libmagic-1a2b.so.1", "wheel"),
    ],
)
def test_a_library_that_is_there(program: Verify, path: str, kind: str) -> None:
    sources = {f"{SITE}/magic/__init__.py": OPENS}
    program.layer("python-magic", files={**sources, **({path: ""} if kind == "wheel" else {})})
    if kind == "deb":
        program.layer("libmagic1t64", kind="deb", elf=[library(path)])
    assert app(program, {"main.py": "import magic"}) == ""


def test_a_library_of_a_module_that_nothing_imports(program: Verify) -> None:
    program.layer("python-magic", files={f"{SITE}/magic.py": OPENS})
    assert app(program, {"main.py": "try:\n    import magic\nexcept ImportError:\n    magic = None"}) == ""


def test_a_library_that_no_table_knows(program: Verify) -> None:
    said = app(program, {"main.py": "import ctypes\nctypes.CDLL('libnowhere.so.7')"})
    assert "main.py:2: the module main opens libnowhere.so.7 when it is imported" in said
    assert "`apt-file search libnowhere.so.7` names it" in said


def test_what_a_distribution_is_known_to_need(program: Verify) -> None:
    program.layer("gitpython", files={f"{SITE}/git/__init__.py": ""})
    said = app(program, {"main.py": "import git"})
    assert "the program git is not in the image: git starts it when it is imported [missing-program:git]" in said
    assert 'add debs = ["git"] to //app:image (lock it first)' in said
    assert program.run(entry=MAIN, env={"GIT_PYTHON_REFRESH": "quiet"}) == ""


def test_a_known_need_of_what_nothing_surely_imports_is_a_warning(program: Verify) -> None:
    program.layer(
        "psycopg", files={f"{SITE}/psycopg/__init__.py": "from . import pq", f"{SITE}/psycopg/pq/__init__.py": ""}
    )
    program.layer("sqlalchemy", files={f"{SITE}/sqlalchemy.py": ""})
    said = app(program, {"main.py": "import sqlalchemy"})
    assert said.startswith(
        "warning: //app:image: psycopg 1.0: psycopg/pq/__init__.py: the module psycopg.pq opens libpq.so.5"
    )
    program.layer(
        "//app:db", "", kind="app", files={"app/_main/db.py": "import sqlalchemy\nURL = 'postgresql+psycopg://x'"}
    )
    assert program.run(entry={"kind": "file", "value": "/app/_main/db.py"}).startswith(
        "error: //app:image: psycopg 1.0"
    )
    program.layer("psycopg-binary", files={f"{SITE}/psycopg_binary/__init__.py": ""})
    assert program.run(entry=MAIN) == ""


def test_programs(program: Verify) -> None:
    source = "import subprocess\nsubprocess.run(['ffmpeg'])\ndef f():\n    subprocess.run(['git'])\n    subprocess.run(['python3'])"
    program.base(files=[*STDLIB, "usr/bin/python3"])
    said = app(program, {"main.py": source})
    assert (
        "error: //app:image: /app/_main/main.py:2: the program ffmpeg is not in the image: main starts it when it is imported"
        in said
    )
    assert (
        "warning: //app:image: /app/_main/main.py:4: the program git is not in the image: main starts it when it is called"
        in said
    )
    assert "python3" not in said


def test_data_beside_the_code(program: Verify) -> None:
    source = (
        "import pathlib\nHERE = pathlib.Path(__file__).parent\nopen(HERE / 'there.txt')\nopen(HERE / 'data/train.csv')\n"
        "def f():\n    return (HERE / 'later.txt').read_text()"
    )
    said = app(program, {"main.py": source, "there.txt": ""})
    assert (
        "error: //app:image: /app/_main/main.py:4: reads /app/_main/data/train.csv, which is not in the image [missing-data:/app/_main/data/train.csv]\n    remedy: add data/train.csv to the data of the target that has the source"
        in said
    )
    assert "warning: //app:image: /app/_main/main.py:6: reads /app/_main/later.txt" in said
    assert "there.txt" not in said


def test_data_relative_to_the_working_directory(program: Verify) -> None:
    sources = {"pkg/main.py": "open('data/x.csv')", "pkg/data/x.csv": ""}
    entry = {"kind": "file", "value": "/app/_main/pkg/main.py"}
    said = app(program, sources, entry=entry, workdir="/home")
    assert (
        'reads /home/data/x.csv, which is not in the image [missing-data:/home/data/x.csv]\n    remedy: set workdir = "/app/_main/pkg" of //app:image'
        in said
    )
    assert program.run(entry=entry, workdir="/app/_main/pkg") == ""


def test_locales_and_time_zones(program: Verify) -> None:
    source = "import locale, zoneinfo\nlocale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')\nlocale.setlocale(locale.LC_ALL, 'C.UTF-8')\nzoneinfo.ZoneInfo('Europe/Berlin')"
    said = app(program, {"main.py": source})
    assert "sets the locale de_DE.UTF-8, which is not in the image [missing-data:de_DE.UTF-8]" in said
    assert "uses the time zone Europe/Berlin, which is not in the image [missing-data:Europe/Berlin]" in said
    assert "C.UTF-8, which" not in said
    program.base(files=[*STDLIB, "usr/share/zoneinfo/Europe/Berlin", "usr/lib/locale/de_DE.utf8/LC_CTYPE"])
    assert program.run(entry=MAIN) == ""


def test_code_that_adds_to_sys_path(program: Verify) -> None:
    known = "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'apps'))\nimport one"
    assert app(program, {"main.py": known, "apps/one.py": ""}) == ""
    unknown = "import sys\nsys.path.append(sys.argv[1])\nimport two"
    other = {"kind": "file", "value": "/app/_main/other.py"}
    assert app(program, {"other.py": unknown}, entry=other).startswith("error: ")
    program.layer("//app:x", "", kind="app", files={"app/_main/somewhere/two.py": ""})
    assert program.run(entry=other).startswith("warning: ")
    vendored = {
        f"{SITE}/v/__init__.py": "import sys\nsys.path.extend([x])\nimport three, four",
        f"{SITE}/v/_vendor/three.py": "",
    }
    program.layer("vendoring", files=vendored)
    said = app(program, {"last.py": "import v"}, entry={"kind": "file", "value": "/app/_main/last.py"})
    assert "missing-import:four]" in said
    assert "three" not in said
