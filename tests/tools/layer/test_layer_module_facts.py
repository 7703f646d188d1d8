"""What a layer keeps of its modules' facts."""

from __future__ import annotations

import json

import pytest

from distroless_python.documents.python_facts import ModuleFacts, PythonFacts
from distroless_python.errors import ToolError
from distroless_python.layer.module_facts import ModuleReader, absolute


def read(files: dict[str, str], *, first_party: bool = False) -> PythonFacts:
    reader = ModuleReader("site", "3.13", first_party)
    for path, text in files.items():
        if reader.wants(f"site/{path}", len(text)):
            reader.add(f"site/{path}", text.encode())
    return reader.facts([f"site/{path}" for path in files])


def test_what_the_images_python_cannot_parse_is_an_error_even_if_another_can() -> None:
    reader = ModuleReader("site", "3.13", False)
    reader.is_invalid("site/a.py", 3, "invalid syntax")  # the compiler may be ahead of the layer's writer
    reader.add("site/a.py", b"import os")
    assert reader.facts(["site/a.py"]).modules["a.py"] == ModuleFacts(error=(3, "invalid syntax"))


def test_names_are_absolute_and_only_those_that_are_modules() -> None:
    found = read(
        {
            "p/__init__.py": "from . import a, VERSION\nfrom .sub import x",
            "p/a.py": "from .sub.deep import f\nimport other.thing as t\nfrom other import Name, name",
            "p/sub/__init__.py": "",
            "p/sub/deep.py": "from .. import a\nfrom ..native import y",
            "p/native.cpython-313-x86_64-linux-gnu.so": "",
        }
    )
    assert {path: facts.imports for path, facts in found.modules.items()} == {
        "p/__init__.py": ("p.a", "p.sub"),
        "p/a.py": ("p.sub.deep", "other.thing", "other:name"),
        "p/sub/deep.py": ("p.a", "p.native"),
    }


def test_first_party_names_stay_as_they_are_written() -> None:
    found = read({"p/a.py": "from . import b\nfrom .c import d"}, first_party=True)
    assert found.modules["p/a.py"].imports == (".:b", ".c:d")


def test_what_a_function_opens_the_module_opens_that_calls_it() -> None:
    loader = "from ctypes import CDLL, util\ndef load():\n    return CDLL(util.find_library('x') or 'x.dll')"
    found = read({"p/__init__.py": "import ctypes\nfrom . import loader\nlib = loader.load()", "p/loader.py": loader})
    assert found.modules["p/__init__.py"].libraries == ((("x",), "import", 0),)


def test_the_document_comes_back_as_it_was() -> None:
    found = read(
        {"a.py": "import os\nfrom b import c\nimport ctypes\nctypes.CDLL('x')", "b.py": "import os", "c.py": ""}
    )
    assert PythonFacts.from_json(json.loads(json.dumps(found.to_json())), "x") == found
    assert found.to_json()["names"] == ["os", "b", "ctypes"]
    assert "c.py" not in found.modules
    assert found.at("site/c.py") == ModuleFacts()
    assert found.at("site/b.py").imports == ("os",)


@pytest.mark.parametrize(
    "value",
    [{}, {"root": "", "names": [], "modules": {"a.py": {"imports": [7]}}}, {"root": 1, "names": [], "modules": []}],
)
def test_a_damaged_document_is_an_error(value: dict[str, object]) -> None:
    with pytest.raises(ToolError, match="damaged"):
        PythonFacts.from_json(value, "x.contents.json")


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("os", "a.py", "os"),
        (".b", "p/a.py", "p.b"),
        (".:b", "p/a.py", "p:b"),
        ("..x:y", "p/q/a.py", "p.x:y"),
        (".", "a.py", ""),
        (".b", "p/__init__.py", "p.b"),
    ],
)
def test_relative_names(name: str, path: str, expected: str) -> None:
    assert absolute(name, path) == expected
