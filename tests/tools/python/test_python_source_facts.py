"""What a module asks for, read from its source."""

# ruff: noqa: E501 (a case a line)

from __future__ import annotations

import ast
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from distroless_python.python.source_facts import read_facts
from distroless_python.python.source_imports import Visitor
from distroless_python.python.source_quick import quick_imports

VERSION = (3, 13)


def facts(source: str, first_party: bool = True) -> dict[str, Any]:
    return read_facts(dedent(source).encode(), VERSION, first_party)


@pytest.mark.parametrize(
    ("source", "kind", "found"),
    [
        ("import a.b, c as d", "imports", ["a.b", "c"]),
        ("from a import b, c", "imports", ["a:b,c"]),
        ("from . import b\nfrom ..x import *", "imports", [".:b", "..x:*"]),
        ("class A:\n    import a", "imports", ["a"]),
        ("try:\n    import a\nfinally:\n    pass", "imports", ["a"]),
        ("try:\n    import a\nexcept KeyError:\n    pass", "imports", ["a"]),
        ("try:\n    import a\nexcept ImportError:\n    a = None", "maybe", ["a"]),
        ("try:\n    import a\nexcept ImportError as e:\n    raise RuntimeError('a') from e", "imports", ["a"]),
        (
            "try:\n    import a\nexcept ImportError:\n    print()\n    sys.exit(1)\nelse:\n    import b",
            "imports",
            ["a", "b"],
        ),
        ("try:\n    import a\nexcept ImportError:\n    pass\nelse:\n    import b", "maybe", ["a", "b"]),
        ("try:\n    long\n    import a\nexcept NameError:\n    pass", "maybe", ["a"]),
        ("from contextlib import suppress\nwith suppress(ImportError):\n    import a", "maybe", ["a"]),
        ("with open('x'):\n    import a", "imports", ["a"]),
        ("if x:\n    import a", "maybe", ["a"]),
        ("for x in y:\n    import a", "maybe", ["a"]),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\nelse:\n    import b",
            "imports",
            ["typing:TYPE_CHECKING", "b"],
        ),
        ("def f():\n    import a", "lazy", ["a"]),
        ("def f():\n    try:\n        import a\n    except ImportError:\n        pass", "lazy", None),
        ("if __name__ == '__main__':\n    import a", "main", ["a"]),
        ("import a\nraise SystemExit\nimport b", "imports", ["a"]),
        ("try:\n    import a\nexcept ImportError:\n    import b", "either", [[["a"], ["b"]]]),
        ("from importlib import import_module\nx = import_module('a.b')", "named", ["a.b"]),
        (
            "from django.urls import include, path\nu = [path('', include('a.urls')), path('', include(('b.urls', 'b')))]",
            "named",
            ["a.urls", "b.urls"],
        ),
    ],
)
def test_imports_and_what_encloses_them(source: str, kind: str, found: Any) -> None:
    assert facts(source).get(kind) == found


@pytest.mark.parametrize(
    ("test", "runs"),
    [
        ("sys.version_info >= (3, 13)", True),
        ("sys.version_info < (3, 12)", False),
        ("sys.version_info[0] == 2", False),
        ("sys.version_info[:2] >= (3, 8)", True),
        ("sys.platform == 'win32'", False),
        ("'win32' != sys.platform", True),
        ("sys.platform.startswith('win')", False),
        ("sys.platform in ('win32', 'cygwin')", False),
        ("os.name == 'nt' or platform.system() == 'Windows'", False),
        ("not sys.platform == 'darwin'", True),
    ],
)
def test_tests_of_version_and_platform_are_decided(test: str, runs: bool) -> None:
    found = facts(f"if {test}:\n    import a\nelse:\n    import b")
    assert found["imports"] == (["a"] if runs else ["b"])
    assert "maybe" not in found


@pytest.mark.parametrize(
    "source",
    [
        """
        import ctypes.util
        lib = ctypes.cdll.LoadLibrary(ctypes.util.find_library("x"))
        """,
        """
        from ctypes import CDLL as Load
        from ctypes.util import find_library as find
        path = find("x")
        if path is None:
            raise ImportError("x")
        lib = Load(path)
        """,
        """
        from ctypes import cdll
        for name in ("x",):
            try:
                lib = cdll.LoadLibrary(name)
                break
            except OSError:
                pass
        else:
            raise ImportError("x")
        """,
        """
        import cffi
        ffi = cffi.FFI()
        def _open(ffi, *names):
            for name in names:
                try:
                    return ffi.dlopen(name)
                except OSError:
                    continue
            return ffi.dlopen(names[0])
        x = _open(ffi, "x")
        y = _open(ffi, "libz.dylib", allow_fail=True)
        """,
        """
        from ctypes import CDLL
        from ctypes.util import find_library
        LIB = None
        def load():
            global LIB
            if not LIB:
                LIB = CDLL(find_library("x"))
            return LIB
        load()
        """,
        """
        import ctypes, os
        if os.name == "nt":
            lib = ctypes.CDLL("x.dll")
        else:
            lib = ctypes.CDLL("x")
        """,
    ],
)
def test_libraries_that_an_import_opens(source: str) -> None:
    sure = [names for names, how, _ in facts(source, first_party=False)["libraries"] if how == "import"]
    assert sure == [["x"]]


@pytest.mark.parametrize(
    "source",
    [
        "import ctypes\ndef f():\n    return ctypes.CDLL('x')",
        "import ctypes\ntry:\n    ctypes.CDLL('x')\nexcept OSError:\n    pass",
        "from ctypes.util import find_library\nHAS = find_library('x') is not None",
        "import ctypes\nctypes.CDLL(None)",
        "import ctypes, os\nctypes.CDLL(os.path.join(os.path.dirname(__file__), 'x'))",
        "try:\n    import _x\nexcept ImportError:\n    import ctypes\n    ctypes.CDLL('x')",
        "import ctypes\nif FLAG:\n    ctypes.CDLL('x')",
    ],
)
def test_libraries_that_an_import_does_without(source: str) -> None:
    found = facts(source, first_party=False).get("libraries", [])
    assert not [names for names, how, _ in found if how == "import"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import subprocess\nsubprocess.run(['git', 'log'])", [["git", "import", 2]]),
        ("from subprocess import check_output as run\ndef f():\n    run('git')", [["git", "call", 3]]),
        ("import subprocess, shutil\nif shutil.which('git'):\n    subprocess.run(['git'])", [["git", "maybe", 3]]),
        (
            "import subprocess\ntry:\n    subprocess.run(['git'])\nexcept FileNotFoundError:\n    pass",
            [["git", "maybe", 3]],
        ),
        ("import subprocess\nif __name__ == '__main__':\n    subprocess.run(['git'])", [["git", "main", 3]]),
        ("import subprocess\nsubprocess.run([program])", None),
    ],
)
def test_programs(source: str, found: Any) -> None:
    assert facts(source).get("programs") == found


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("import os\nos.system('ls')", [["os.system", 2]]),
        ("import os as o\no.popen('ls').read()", [["os.popen", 2]]),
        ("from os import system as run\n\nrun('ls')", [["os.system", 3]]),
        ("import subprocess\nsubprocess.run('ls', shell=True)", [["subprocess.run(shell=True)", 2]]),
        ("from subprocess import Popen\nPopen('ls', shell=1)", [["subprocess.Popen(shell=True)", 2]]),
        ("import subprocess as s\ns.getoutput('a')", [["subprocess.getoutput", 2]]),
        (
            "import asyncio\nasync def f():\n    await asyncio.create_subprocess_shell('a')",
            [["asyncio.create_subprocess_shell", 3]],
        ),
        (
            "def f():\n    from subprocess import check_output\n    check_output('a', shell=True)",
            [["subprocess.check_output(shell=True)", 3]],
        ),
        ("", None),
        ("import subprocess\nsubprocess.run(['ls'], shell=False)", None),
        ("import subprocess\nsubprocess.run(['ls'], shell=flag)", None),
        ("os.system('ls')", [["os.system", 1]]),
        ("from mine import system\nsystem('x')", None),
        ("from .os import system\nsystem('x')", None),
        ("import os\nos.path.join('system')", None),
    ],
)
def test_calls_that_need_a_shell(source: str, calls: Any) -> None:
    assert facts(source).get("shells") == calls


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("open('data/x.csv')", ["./data/x.csv", "import", 1]),
        (
            "from pathlib import Path\nHERE = Path(__file__).resolve().parent\n(HERE / 'x.txt').read_text()",
            ["x.txt", "import", 3],
        ),
        (
            "import os\nBASE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\nopen(os.path.join(BASE, 'x'))",
            ["../x", "import", 3],
        ),
        ("from pathlib import Path\nopen(Path(__file__).parents[1] / 'a' / 'b')", ["../a/b", "import", 2]),
        (
            "import os, pandas as pd\ndef f():\n    pd.read_csv(os.path.join(os.path.dirname(__file__), 'x.csv'))",
            ["x.csv", "call", 3],
        ),
        (
            "import gettext, pathlib\nt = gettext.translation('app', localedir=pathlib.Path(__file__).parent / 'locale')",
            ["locale", "import", 2],
        ),
        (
            "from starlette.staticfiles import StaticFiles\nStaticFiles(directory='web/static')",
            ["./web/static", "import", 2],
        ),
        ("open('data/x.csv', 'w')", None),
        ("open('/etc/x')", None),
        ("import os\nP = os.path.join(os.path.dirname(__file__), 'x')\nif os.path.exists(P):\n    open(P)", None),
    ],
)
def test_files_that_are_read(source: str, found: Any) -> None:
    assert facts(source).get("data") == ([found] if found else None)


def test_django_settings() -> None:
    found = facts(
        """
        from pathlib import Path
        BASE_DIR = Path(__file__).resolve().parent.parent
        EXTRA = ["b"]
        INSTALLED_APPS = ["a", *EXTRA, env("x")] + ["c.apps.Config"]
        if DEBUG:
            MIDDLEWARE += ["debug.Middleware"]
        ROOT_URLCONF = "site.urls"
        TIME_ZONE = "Europe/Berlin"
        DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "x"}}
        TEMPLATES = [{"BACKEND": "x", "DIRS": [BASE_DIR / "templates"]}]
        """
    )
    assert found["settings"] == {
        "INSTALLED_APPS": ["set", ["a", "b", "c.apps.Config"]],
        "MIDDLEWARE": ["unknown", []],
        "ROOT_URLCONF": ["set", ["site.urls"]],
        "TIME_ZONE": ["set", ["Europe/Berlin"]],
        "DATABASES": ["set", ["django.db.backends.postgresql"]],
    }
    assert found["folders"] == [["../templates", "TEMPLATES", 11]]
    manage = facts("import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')")
    assert manage["settings_module"] == "site.settings"


def test_resources_locales_and_zones() -> None:
    found = facts(
        """
        import locale, zoneinfo
        from importlib import resources
        text = resources.read_text("app.data", "x.txt")
        locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
        def f():
            return zoneinfo.ZoneInfo("Europe/Berlin")
        """
    )
    assert found["resources"] == [["app.data", "x.txt", "import", 4]]
    assert found["locales"] == [["de_DE.UTF-8", "import", 5]]
    assert found["zones"] == [["Europe/Berlin", "call", 7]]


def test_what_this_python_cannot_parse_is_unread() -> None:
    assert facts("print 'Python 2'") == {"unread": True}
    assert read_facts(b"x = 1\0", VERSION) == {"unread": True}
    assert read_facts(b"(" * 500, VERSION) == {"unread": True}


def test_of_a_distribution_less_is_kept() -> None:
    source = (
        "import a\ntry:\n    import b\nexcept ImportError:\n    pass\ndef f():\n    import c\nimport os\nos.system('x')"
    )
    assert facts(source, first_party=False) == {"imports": ["a", "os"]}


@pytest.mark.parametrize(
    "source",
    [
        'X = """\nimport a\n"""\n',
        "x = 1; import a",
        "if x: import a",
        "from a import \\\n    b",
        "try:\n    import a\nexcept ImportError:\n    pass",
        "import a\nraise SystemExit",
        "# coding: latin-1\nimport a\n'\xe4'",
        "class A:\n    import a",
    ],
)
def test_only_the_tree_tells(source: str) -> None:
    assert quick_imports(source.encode("latin-1")) is None


def test_quick_imports_are_those_of_the_tree() -> None:
    """On the standard library of this Python: all of what is read quickly is what the syntax tree has."""
    quick = 0
    for path in sorted(Path(ast.__file__).parent.glob("**/*.py"))[::8]:
        source = path.read_bytes()
        found = quick_imports(source)
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            continue
        if found is not None and b"\nif sys.version" not in source:
            visitor = Visitor(sys.version_info[:2])
            visitor.visit(tree.body, 0)
            expected = [(item.module, item.names) for item in visitor.imports if not item.context]
            assert [(item.module, item.names) for item in found] == expected, path
            quick += 1
    assert quick > 50
