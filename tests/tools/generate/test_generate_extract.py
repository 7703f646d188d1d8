"""What is read from one source."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from distroless_python.generate.read.extract import extract
from distroless_python.generate.read.facts import App, Import, SourceFacts


def modules(text: str) -> list[str]:
    return [entry.module for entry in extract(text.encode()).imports]


def test_imports_have_lines_and_names() -> None:
    facts = extract(b"import a.b as c, d\n\nfrom ..e import (\n    f,\n    g as h,\n)\nfrom . import *\n")
    assert facts.imports == [
        Import("a.b", (), 1),
        Import("d", (), 1),
        Import("..e", ("f", "g"), 3),
        Import(".", ("*",), 7),
    ]


@pytest.mark.parametrize(
    ("text", "typing", "optional"),
    [
        ("import a", False, False),
        ("if TYPE_CHECKING:\n    import a", True, False),
        ("if t.TYPE_CHECKING:\n    import a", True, False),
        ("if not TYPE_CHECKING:\n    pass\nelse:\n    import a", True, False),
        ("if not TYPE_CHECKING:\n    import a", False, False),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    import a", False, False),
        ("try:\n    import a\nexcept ImportError:\n    pass", False, True),
        ("try:\n    import a\nexcept:\n    pass", False, True),
        ("try:\n    import a\nexcept (ValueError, builtins.ModuleNotFoundError):\n    pass", False, True),
        ("try:\n    import a\nexcept ValueError:\n    pass", False, False),
        ("try:\n    pass\nexcept ImportError:\n    import a", False, True),
        ("try:\n    pass\nexcept ImportError:\n    pass\nelse:\n    import a", False, False),
        ("try:\n    pass\nfinally:\n    import a", False, False),
        ("with contextlib.suppress(ImportError):\n    import a", False, True),
        ("with open('x'):\n    import a", False, False),
        ("if sys.version_info >= (3, 11):\n    import a", False, True),
        ("if sys.platform == 'win32' and x:\n    pass\nelse:\n    import a", False, True),
        ("if os.name == 'nt':\n    import a", False, True),
        ("importlib.import_module('a')", False, False),
        ("pytest.importorskip('a')", False, True),
    ],
)
def test_what_encloses_an_import_says_what_it_is_for(text: str, typing: bool, optional: bool) -> None:
    (entry,) = extract(text.encode()).imports
    assert (entry.module, entry.typing, entry.optional) == ("a", typing, optional)


def test_strings_and_comments_are_no_imports() -> None:
    assert modules('"""\nimport a\n"""\n# import b\nx = "import c"\nfrom __future__ import annotations\n') == []


def test_every_kind_of_block_is_looked_into() -> None:
    text = (
        "class A:\n    def f(self):\n        import a\n"
        "async def g():\n    async for x in y:\n        import b\n    async with z:\n        import c\n"
        "while x:\n    import d\nelse:\n    import e\n"
        "for x in y:\n    pass\nelse:\n    import f\n"
        "if x:\n    pass\nelif y:\n    import g\nelse:\n    import h\n"
    )
    assert modules(text) == list("abcdefgh")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from flask import Flask\napp = Flask(__name__)", App("app", "flask", "wsgi")),
        ("import flask\nweb = flask.Flask('x')", App("web", "flask", "wsgi")),
        ("import fastapi as f\napi: object = f.FastAPI()", App("api", "fastapi", "asgi")),
        ("from starlette.applications import Starlette as S\na = S()", App("a", "starlette", "asgi")),
        ("from django.core.asgi import get_asgi_application\na = get_asgi_application()", App("a", "django", "asgi")),
    ],
)
def test_applications(text: str, expected: App) -> None:
    assert extract(text.encode()).apps == (expected,)


@pytest.mark.parametrize(
    "text",
    [
        "app = Flask(__name__)",
        "from flask import Flask\ndef make():\n    app = Flask('x')\n    return app",
        "from flask import Flask\napp = Flask",
        "from mine import Flask\nimport flask\napp = Flask()",
    ],
)
def test_no_applications(text: str) -> None:
    assert extract(text.encode()).apps == ()


def test_django_settings_and_their_strings() -> None:
    facts = extract(
        b"INSTALLED_APPS = ['polls.apps.PollsConfig', 'shop']\nROOT_URLCONF = 'mysite.urls'\n"
        b"MIDDLEWARE = ['mysite.middleware.Timer']\nlower = ['not.this']\nINSTALLED_APPS += ['more']\n"
    )
    assert facts.django_apps == ("polls.apps.PollsConfig", "shop")
    found = [".".join([entry.module, *entry.names]) for entry in facts.imports]
    assert found == ["polls.apps.PollsConfig", "shop", "mysite.urls", "mysite.middleware.Timer", "more"]
    assert all(entry.optional for entry in facts.imports)


@pytest.mark.parametrize(
    "text", ["os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'a.b')", "os.environ['DJANGO_SETTINGS_MODULE'] = 'a.b'"]
)
def test_the_settings_that_a_program_names(text: str) -> None:
    assert extract(text.encode()).django_settings == "a.b"


def test_plugins_by_marks_and_fixtures() -> None:
    text = "import pytest\n@pytest.mark.asyncio\nasync def test_a(mocker, *, db, other): pass\n"
    assert extract(text.encode()).plugins == ("pytest_asyncio", "pytest_django", "pytest_mock")


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"def f(:", 1), (b"x\ny z", 2), (b"\x00", 1), (b"# coding: klingon\n", 1), (b"'\xff'", 1), (b"(" * 9999, 1)],
)
def test_what_does_not_parse_has_a_line_and_a_reason(content: bytes, line: int) -> None:
    found, reason = extract(content).error
    assert found == line
    assert reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "shift_jis"])
def test_sources_in_any_encoding(encoding: str) -> None:
    declared = f"# -*- coding: {encoding.replace('-sig', '')} -*-\n"
    letter = "日" if encoding == "shift_jis" else "é"
    text = f"{declared}import a  # gazelle:ignore b\nname = '{letter}'\n"
    facts = extract(text.encode(encoding))
    assert [entry.module for entry in facts.imports] == ["a"]
    assert facts.ignored == ("b",)


@given(st.binary(max_size=300))
@example(b"import a\x0c\n")
def test_any_bytes_have_facts(content: bytes) -> None:
    facts = extract(content)
    assert isinstance(facts, SourceFacts)


TEXTS = st.text("abc. \n\t:()'\"#=,\\{}[]éimportfrom_", max_size=80)


@given(TEXTS, st.sampled_from(["", "import a\n", "if TYPE_CHECKING:\n    import b\n", "x = Flask()\n"]))
def test_facts_survive_the_cache(text: str, more: str) -> None:
    facts = extract((more + text).encode())
    again = SourceFacts.from_text(facts.to_text())
    assert again == facts
    assert again.imports == facts.imports


def test_a_source_for_a_newer_python_is_read_line_by_line() -> None:
    text = (
        "import a.b as c, d\nfrom e import (\n    f,  # why\n    g as h,\n)\nfrom . import i\n"
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import j\n\ntype = match + 7 :=\n"
        "def later():\n    import k\n\ndef test_x(): pass\nif __name__ == '__main__':\n    later()\n"
    )
    facts = extract(text.encode())
    assert facts.error[0], "it does not parse"
    assert facts.imports == [
        Import("a.b", (), 1),
        Import("d", (), 1),
        Import("e", ("f", "g"), 2),
        Import(".", ("i",), 6),
        Import("typing", ("TYPE_CHECKING",), 7),
        Import("j", (), 9, typing=True, optional=True),
        Import("k", (), 13, optional=True, lazy=True),
    ]
    assert facts.has_main
    assert facts.test_functions
