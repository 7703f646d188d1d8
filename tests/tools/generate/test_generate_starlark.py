"""BUILD files are read, and edited in place: what buildifier has formatted stays in its form, all else as it is."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from distroless_python.generate.starlark.nodes import text_argument
from distroless_python.generate.starlark.order import arranged
from distroless_python.generate.starlark.parser import StarlarkSyntaxError, parse
from distroless_python.generate.starlark.values import Globbed, Value, call_text
from distroless_python.generate.write.edit import Editor
from support.buildifier import buildify


@pytest.mark.parametrize("text", ["x(", "a b", "class", 'x = "', "x = 0777", "\x00", "(" * 400 + ")" * 400])
def test_what_does_not_parse_is_an_error_with_a_line(text: str) -> None:
    with pytest.raises(StarlarkSyntaxError) as caught:
        parse(text)
    assert caught.value.line >= 1
    assert caught.value.reason


EDITED = {
    "an attribute goes where buildifier has it": (
        'x(\n    name = "n",\n    size = "s",\n    visibility = ["//v"],\n    **kw\n)\n',
        'x(\n    name = "n",\n    size = "s",\n    srcs = ["a"],\n    visibility = ["//v"],\n    deps = ["b"],\n'
        "    **kw\n)\n",
    ),
    "a rule on one line gets a line for each attribute": (
        'x(name = "n", tags = ["t", "u"])\n',
        'x(\n    name = "n",\n    srcs = ["a"],\n    tags = ["t", "u"],\n    deps = ["b"],\n)\n',
    ),
    "the indentation is the file's": (
        "x(\n  name='n',\n  srcs=[\n    'c',\n    'd'\n    ]\n  )\n",
        "x(\n  name='n',\n  srcs=[\n    \"a\",\n    'c',\n    'd',\n    ],\n  deps = [\"b\"],\n  )\n",
    ),
    "line ends are the file's": (
        'x(\r\n    name = "n",\r\n    srcs = ["c"],\r\n)',
        'x(\r\n    name = "n",\r\n    srcs = [\r\n        "a",\r\n        "c",\r\n    ],\r\n    deps = ["b"],\r\n)',
    ),
    "comments stay with what they are about": (
        'x(\n    name = "n",  # n\n    # it\n    srcs = [  # open\n        # c\n        "c",\n        #\n    ],\n)\n',
        'x(\n    name = "n",  # n\n    # it\n    srcs = [\n        "a",  # open\n        # c\n        "c",\n        #\n'
        '    ],\n    deps = ["b"],\n)\n',
    ),
    "brackets within brackets": (
        'x(name = ("n"), srcs = (["c"]), deps = (Y), z = ((1), ("2,")))\n',
        'x(name = ("n"), srcs = ([\n    "a",\n    "c",\n]), deps = (Y + ["b"]), z = ((1), ("2,")))\n',
    ),
    "an expression that binds less than a sum": (
        'x(name = "n", srcs = ["a"], deps = Y if Z else [])\n',
        'x(name = "n", srcs = ["a"], deps = (Y if Z else []) + ["b"])\n',
    ),
    "text that is not ASCII": (
        'É = "é"; x(name = "é" "è", srcs = ["é"], deps = [])  # é\n',
        'É = "é"; x(name = "é" "è", srcs = [\n    "a",\n    "é",\n], deps = ["b"])  # é\n',
    ),
}


@pytest.mark.parametrize("name", EDITED)
def test_edits(name: str) -> None:
    before, after = EDITED[name]
    editor = Editor(before)
    rule = next(block for block in editor.blocks if block.call)
    editor.update_list(rule, "srcs", ["a"], str, lambda _: False)
    editor.update_list(rule, "deps", ["b"], str, lambda _: False)
    assert editor.text == after


DIRECTIVES = {
    "an empty file": ("", "# gazelle:x\n"),
    "above a rule": ('x(name = "n")\n', '# gazelle:x\n\nx(name = "n")\n'),
    "above a rule with a comment": ("# x\nx()\n", "# gazelle:x\n\n# x\nx()\n"),
    "below what is there": ("# a\n# b\n\n# c\n\nx()\n", "# a\n# b\n# gazelle:x\n\n# c\n\nx()\n"),
    "nothing but a comment": ("# a", "# a\n# gazelle:x\n"),
}


@pytest.mark.parametrize("name", DIRECTIVES)
def test_new_directives(name: str) -> None:
    before, after = DIRECTIVES[name]
    editor = Editor(before)
    editor.add_directives(["# gazelle:x"])
    assert editor.text == after


REMOVED = {
    "the empty line goes with it": ('a()\n\nx(name = "n")\n\nb()\n', "a()\n\nb()\n"),
    "at the end": ('a()\n\n\nx(name = "n")  # x\n', "a()\n"),
    "the only statement": ('x(name = "n")\n', ""),
    "at the start": ('x(name = "n")\n\nb()\n', "b()\n"),
    "on a line with others": ('a(); x(name = "n"); b()\n', "a(); b()\n"),
    "directives stay, and comments below": (
        'a()\n\n# gazelle:x y\n# about it\nx(name = "n")\n# below\n\nb()\n',
        "a()\n\n# gazelle:x y\n# below\n\nb()\n",
    ),
    "below load statements": ('load("a", "b")\n\nx(name = "n")\n\nb()\n', 'load("a", "b")\n\nb()\n'),
}


@pytest.mark.parametrize("name", REMOVED)
def test_removals(name: str) -> None:
    before, after = REMOVED[name]
    editor = Editor(before)
    editor.remove_rule("n")
    assert editor.text == after


LOADS = {
    "in order": (
        'load("@a//:x.bzl", "x")\nload("//z:z.bzl", "z")\n\ny()\n',
        'load("@a//:x.bzl", "x")\nload("//m:m.bzl", "m")\nload("//z:z.bzl", "z")\n\ny()\n',
    ),
    "below a docstring": ('"""Doc."""\ny()\n', '"""Doc."""\n\nload("//m:m.bzl", "m")\n\ny()\n'),
    "above what has a comment": (
        '# z\nload("//z:z.bzl", "z")\n',
        'load("//m:m.bzl", "m")\n\n# z\nload("//z:z.bzl", "z")\n',
    ),
    "into one that is there": ('load("//m:m.bzl", "a", z = "c")\n', 'load("//m:m.bzl", "a", "m", z = "c")\n'),
    "nothing but comments": ("# c\n", '# c\n\nload("//m:m.bzl", "m")\n'),
    "an empty file": ("\n", 'load("//m:m.bzl", "m")\n'),
}


@pytest.mark.parametrize("name", LOADS)
def test_loads_come_and_go(name: str) -> None:
    before, after = LOADS[name]
    editor = Editor(before)
    editor.add_load("//m:m.bzl", "m")
    assert editor.text == after
    editor.remove_load("m")
    assert ast.dump(ast.parse(editor.text)) == ast.dump(ast.parse(before))
    assert editor.text.strip() == before.strip() or name == "below a docstring"


NAMES = st.sampled_from(["a", "b", "srcs", "deps", "name", "visibility", "x_1", "select", "glob"])
STRINGS = st.sampled_from(["a", "//a:a", "//a/b", ":x", "@r//:r", "b.py", "a b", "", "é", "it's", 'say "x"', "a\\b"])
LOADED = st.sampled_from(["//b:c.bzl", ":d.bzl", "@e//f", "@e//:a.bzl", "//b/c:d.bzl", "//:x.bzl"])
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
        arguments = [f"{n} = {draw(STRINGS.flatmap(_quoted) if n == 'name' else EXPRESSIONS)}" for n in names]
        gap = draw(st.sampled_from(["", "\n", "\n  "]))
        kind = draw(st.sampled_from(["py_library", "genrule", "load_me"]))
        rule = f"{kind}({gap}{(',' + gap).join(arguments)}{gap})"
        assign = f"{draw(st.sampled_from(['X', 'Y']))} = {draw(EXPRESSIONS)}"
        load = f'load("{draw(LOADED)}", "{draw(NAMES)}")'
        statements.append(draw(st.sampled_from([rule, rule, assign, load, "# comment", ""])))
    return "\n".join(statements) + "\n"


Edit = Callable[[Editor], None]
"""A change to a file; what it needs of the file and does not find, it leaves."""

NEW = st.lists(STRINGS, max_size=3).map(arranged)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.sampled_from(["text", "é", 'a "b" \\ c', True, 7]),
    NEW,
    st.dictionaries(STRINGS, STRINGS, min_size=1, max_size=2),
    st.builds(Globbed, NEW, NEW),
)


def _on_rule(number: int, name: str, value: Value, unwanted: str, what: str) -> Edit:
    """An edit of one attribute of a rule."""

    def edit(editor: Editor) -> None:
        rules = [block for block in editor.blocks if block.call and text_argument(block.call, "name")]
        if number >= len(rules):
            return
        if what == "set":
            editor.set_attribute(rules[number], name, value)
        elif what == "remove":
            editor.remove_attribute(rules[number], name)
        else:
            wanted = value if isinstance(value, list) else []
            editor.update_list(rules[number], name, wanted, str, lambda label: label == unwanted)

    return edit


EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(_on_rule, st.integers(0, 3), NAMES, VALUES, STRINGS, st.sampled_from(["set", "remove", "list", "list"])),
    st.builds(lambda label, symbol: lambda editor: editor.add_load(label, symbol), LOADED, NAMES),
    st.builds(lambda symbol: lambda editor: editor.remove_load(symbol), NAMES),
    st.builds(lambda name: lambda editor: editor.remove_rule(name), STRINGS),
    st.builds(lambda value: lambda editor: editor.add_rule("py_test", {"name": "new", "args": value}), VALUES),
    st.just(lambda editor: editor.add_exports(["b", "a"])),
    st.just(lambda editor: editor.add_directives(["# gazelle:a b"])),
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["srcs", "deps", "env", "tags", "main"]), VALUES))
def test_a_new_rule_is_what_buildifier_makes_of_it(attributes: dict[str, Value]) -> None:
    text = call_text("py_library", {"name": "new", **attributes}) + "\n"
    assert text == buildify(text)


@settings(max_examples=100, deadline=None)
@given(build_files(), st.lists(EDITS, min_size=1, max_size=5))
def test_a_file_in_buildifiers_form_stays_in_it(text: str, edits: list[Edit]) -> None:
    clean = buildify(text)
    assume(clean is not None)
    try:
        editor = Editor(clean or "")
    except StarlarkSyntaxError:
        return  # buildifier takes a few things that neither Python nor Bazel does
    for edit in edits:
        edit(editor)
    assert editor.text == buildify(editor.text)


@settings(max_examples=100, deadline=None)
@given(build_files(), st.lists(EDITS, max_size=5))
def test_what_is_not_edited_stays_byte_for_byte(text: str, edits: list[Edit]) -> None:
    try:
        editor = Editor(text)
    except StarlarkSyntaxError:
        return
    assert editor.text == text
    for edit in edits:
        previous = [block.data.strip() for block in editor.blocks]
        edit(editor)
        now = [block.data.strip() for block in editor.blocks]
        assert len([data for data in previous if data not in now]) <= 2, "an edit changes a statement and its neighbour"
    parse(editor.text)
