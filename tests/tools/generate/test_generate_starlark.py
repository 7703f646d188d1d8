"""BUILD files are read and printed as buildifier does it."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distroless_python.generate.starlark.format import format_file
from distroless_python.generate.starlark.parser import StarlarkSyntaxError, parse
from distroless_python.generate.starlark.printer import print_file
from support.buildifier import buildify


def format_text(text: str) -> str:
    """A BUILD file's text in buildifier's form."""
    return format_file(parse(text))


SAMPLES = {
    "named arguments are sorted": 'x(deps = ["b", "a"], name = "n", srcs = ["f"], zz = 1, **kw)\n',
    "labels are shortened": 'x(name = "n", deps = ["//a/b:b", "@c//:c", "//a" + ":b"], actual = "//a/b:b")\n',
    "lists of labels are sorted in phases": 'x(srcs = ["@z//x", "//b", ":c", "d.py", "a.b", "a-b", "d.py"])\n',
    "comments stop the sorting": 'x(srcs = [\n"b",\n# why\n"a",\n])\n',
    "keep sorted": "# keep sorted\nX = ['b', 'a']\ny = {\n# keep sorted\n'k': ['b', 'a']}\n",
    "do not sort": 'x(\n# do not sort\nsrcs = ["b", "a", "b"],\ndeps = [\n"b", # do not sort\n"a"])\n',
    "leave alone": "# buildifier: leave-alone\nx(srcs = ['b', 'a'], name = 'n')\n",
    "loads go to the top, merged and sorted": (
        'x()\nload(":z.bzl", "z")\nload("//b:b.bzl", "b", a = "c")\nload("@r//:f.bzl", "f")\nload("//b:b.bzl", "a")\n'
    ),
    "loads after a docstring": '"""Doc."""\n# about\n\nx = 1\nload("@a//b", "c")\n',
    "a load over several lines": 'load(\n"@a//b",\n# why\n"c", d="e")\nload("//a:b", "x",\n"y")\n',
    "parentheses that group nothing go": "x = (1)\ny = ((a))\nz = (a + b) * c\nw = (\n1)\nv = (f(x))\nu = (a\n.b(c))\n",
    "quotes become double": "x = ['a', 'b\"c', r'd\\e', '''f''', 'g\\'h', 'i\\d']\n",
    "sums of lists": "x(srcs = ['a'] +\n['b'] + glob(\n['c']) +\nselect({'//x': ['e', 'd']}))\n",
    "comprehensions": "x = [a for a in b if c]\ny = [\na\nfor a, b in c]\nz = {k: v for k, v in d.items()}\n",
    "calls stay compact": "f(1, 2)\nf(1,\n2)\nf(a = 1)\nf(\na)\nf([\n1, 2])\ng(f(1), 2)\nh()\nh(\n)\n",
    "tuples": "a, b = 1, 2\nc = (1,)\nd = (1, 2)\ne = (1,\n2)\nf = ()\n",
    "comments everywhere": (
        "# file\n\n# above\nx( # open\n # in\n\n # after blank\n a = 1, # a\n"
        " b = [ # list\n 1, # one\n ], # b\n # last\n)  # end\n# below\n"
    ),
    "comments below statements": "x = 1\n# below x\n\n# alone\n\n# above y\ny = 2 # suffix\n# end\n",
    "operators": "x = not a in b or -c and d - 1 // 2 % 3\ny = a if b else c\nz = a[1:2:3] + b[:] + c[::2] + d[1]\n",
    "long strings": 'x = """a\n  b  \n"""\ny = "%s" % """\n"""\n',
    "numbers": "x = [1.0E+05, .5, 0o17, 0x1F]\n",
    "statements on one line": "a = 1; b = 2  # two\n",
    "line breaks after operators": 'x = a and \\\n    b\ny = (a +\n  b)\nx(cmd = "a" +\n   "b")\n',
    "package": 'package(default_visibility=["//visibility:public"],features=["b","a"])\nexports_files([ "b", "a" ])\n',
}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_what_buildifier_makes_of_them(name: str) -> None:
    assert format_text(SAMPLES[name]) == buildify(SAMPLES[name])


@pytest.mark.parametrize("name", SAMPLES)
def test_formatting_twice_changes_nothing(name: str) -> None:
    once = format_text(SAMPLES[name])
    assert format_text(once) == once


def test_what_no_build_file_has_stays_as_it_is() -> None:
    text = "def f(a):\n  return  a # x\n\nfor x in y :\n  z(x)  # y\n\nif a : b()\n\n\nx = lambda a:a\n"
    assert format_text(text) == text.replace("\n\n\n", "\n\n")


@pytest.mark.parametrize("text", ["x(", "a b", "class", 'x = "', "x = 0777", "\x00", "(" * 400 + ")" * 400])
def test_what_does_not_parse_is_an_error_with_a_line(text: str) -> None:
    with pytest.raises(StarlarkSyntaxError) as caught:
        parse(text)
    assert caught.value.line >= 1
    assert caught.value.reason


NAMES = st.sampled_from(["a", "b", "srcs", "deps", "name", "visibility", "x_1", "select", "glob"])
STRINGS = st.sampled_from(["a", "//a:a", "//a/b", ":x", "@r//:r", "b.py", "a b", "", "é", "it's", 'say "x"', "a\\b"])
COMMENTS = st.sampled_from(["", "", "", "", "  # c", "\n# above\n", "\n\n# after blank\n"])


def _quoted(value: str) -> st.SearchStrategy[str]:
    double = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    single = "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return st.sampled_from([double] if not value.isascii() else [double, single])


def _listed(items: st.SearchStrategy[str], opening: str, closing: str, limit: int = 4) -> st.SearchStrategy[str]:
    """Elements in brackets, on one line or several, with comments."""

    def lay_out(parts: tuple[list[str], str, str]) -> str:
        elements, comment, gap = parts
        body = "".join(f"{gap}{element},{comment if '#' in comment else ''}" for element in elements)
        ends_in_comment = "#" in comment and not comment.endswith("\n") and elements
        return f"{opening}{body}{chr(10) if ends_in_comment else gap}{closing}"

    breaks = st.sampled_from(["", " ", "\n", "\n    "])
    return st.tuples(st.lists(items, max_size=limit), COMMENTS, breaks).map(
        lambda parts: lay_out((parts[0], parts[1] if "\n" in parts[2] or parts[1].endswith("\n") else "", parts[2]))
    )


ATOMS = st.one_of(STRINGS.flatmap(_quoted), st.sampled_from(["1", "None", "True", "VALUE", "a.b", "x[1:]"]))
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        _listed(inner, "[", "]"),
        _listed(inner, "f(", ")"),
        _listed(st.tuples(STRINGS.flatmap(_quoted), inner).map(lambda p: f"{p[0]}: {p[1]}"), "{", "}"),
        st.tuples(_listed(inner, "[", "]"), st.sampled_from([" + ", " +\\\n"]), _listed(inner, "[", "]")).map("".join),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=8,
)


@st.composite
def build_files(draw: st.DrawFn) -> str:
    """Texts of BUILD files, most of them badly laid out."""
    statements = []
    for _ in range(draw(st.integers(0, 4))):
        names = draw(st.lists(NAMES, max_size=4, unique=True))
        arguments = [f"{name} = {draw(EXPRESSIONS)}" for name in names]
        gap = draw(st.sampled_from(["", "\n", "\n  "]))
        kind = draw(st.sampled_from(["py_library", "genrule", "load_me"]))
        rule = f"{kind}({gap}{(',' + gap).join(arguments)}{gap})"
        assign = f"{draw(st.sampled_from(['X', 'Y']))} = {draw(EXPRESSIONS)}"
        load = f'load("{draw(st.sampled_from(["//b:c.bzl", ":d.bzl", "@e//f"]))}", "{draw(NAMES)}")'
        statements.append(draw(st.sampled_from([rule, rule, assign, load, "# comment", ""])))
    return "\n".join(statements) + "\n"


@settings(max_examples=100, deadline=None)
@given(build_files())
def test_any_file_is_what_buildifier_makes_of_it(text: str) -> None:
    expected = buildify(text)
    try:
        found = format_text(text)
    except StarlarkSyntaxError:
        return  # buildifier takes a few things that neither Python nor Bazel does
    if expected is not None:
        assert found == expected


@settings(max_examples=100, deadline=None)
@given(build_files())
def test_printing_without_rewriting_keeps_the_meaning(text: str) -> None:
    try:
        tree = parse(text)
    except StarlarkSyntaxError:
        return
    printed = print_file(tree)
    assert ast.dump(ast.parse(printed)) == ast.dump(ast.parse(text))
    assert print_file(parse(printed)) == printed
