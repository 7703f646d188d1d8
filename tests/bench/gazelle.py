"""How our BUILD files compare with those that Gazelle's Python extension expects of its own test folders.

    bazel run //tests/bench:gazelle -- DIRECTORY [--only NAME] [--show]

`DIRECTORY` is `gazelle/python/testdata` of a checkout of rules_python. Each folder in it is a workspace: `BUILD.in` is
what is there, `BUILD.out` what Gazelle makes of it. Compared are the rules: kind, name, and the attributes that either
generator writes, as sets. What is declared in `gazelle.txt`, with its reason, does not count: one line a folder, or
`*` for all of them. Printed are the figures, each difference that is left, crashes, and folders that a second run
changes; the exit code is 1 if there is any of the last three.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import os
import re
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from distroless_python.generate.main import main as generate

DECLARED = Path(__file__).with_name("gazelle.txt")
_MODULE = 'module(name = "{name}")\nbazel_dep(name = "rules_python", version = "1.4.1")\n'
_ATTRIBUTES = ("srcs", "deps", "pyi_srcs", "pyi_deps", "imports", "main", "testonly", "visibility", "actual", "args")
_TEST_KINDS = {"pytest_test": "py_test", "unittest_test": "py_test"}
_LOADED = ("load", "package", "licenses", "exports_files")
Rule = dict[str, object]


@dataclass
class Outcome:
    """What became of a folder: the differences that are left, and the reasons of those that are declared."""

    differences: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    crash: str = ""
    unstable: list[str] = field(default_factory=list)
    messages: str = ""


def rules_of(text: str, package: str) -> dict[str, Rule]:
    """The rules of a BUILD file by their name: kind and attributes, lists as sorted tuples, labels in full."""
    rules: dict[str, Rule] = {}
    for node in ast.parse(text).body:
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
            continue
        kind = ast.unparse(node.value.func)
        if kind in _LOADED:
            continue
        values = {keyword.arg or "": keyword.value for keyword in node.value.keywords}
        rule: Rule = {"kind": _TEST_KINDS.get(kind, kind)}
        for name in _ATTRIBUTES:
            if name in values:
                rule[name] = _value(values[name], package, name)
        rules[str(_value(values.get("name", ast.Constant("")), package, "name"))] = rule
    return rules


def _value(node: ast.expr, package: str, attribute: str) -> object:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)
    if isinstance(value, list):
        return tuple(
            sorted({_label(str(item), package) if attribute.endswith("deps") else str(item) for item in value})
        )
    return value


def _label(text: str, package: str) -> str:
    if text.startswith("@"):
        return text
    path, _, name = (text[2:] if text.startswith("//") else package + text).partition(":")
    return f"//{path}:{name or path.rpartition('/')[2]}"


def compare(expected: dict[str, dict[str, Rule]], found: dict[str, dict[str, Rule]]) -> Iterator[str]:
    """The differences between the rules of two workspaces, one line each."""
    for path in sorted({*expected, *found}):
        mine, theirs = found.get(path, {}), expected.get(path, {})
        for name in sorted({*mine, *theirs}):
            label = f"//{path}:{name}"
            if name not in mine:
                yield f"{label} - {theirs[name]['kind']} {theirs[name].get('srcs', '')}"
            elif name not in theirs:
                yield f"{label} + {mine[name]['kind']} {mine[name].get('srcs', '')}"
            else:
                for key in sorted({*mine[name], *theirs[name]}):
                    if mine[name].get(key, ()) != theirs[name].get(key, ()):
                        yield f"{label} {key}: {theirs[name].get(key)!r} -> {mine[name].get(key)!r}"


def lay_out(source: Path, root: Path) -> dict[str, dict[str, Rule]]:
    """Copies a test folder as a workspace before the run; returns the rules that Gazelle expects after it."""
    shutil.copytree(source, root)
    expected: dict[str, dict[str, Rule]] = {}
    for path in sorted(root.rglob("BUILD*.out")):
        package = path.parent.relative_to(root).as_posix().strip(".")
        expected[package] = rules_of(path.read_text(), package)
        path.unlink()
    for path in root.rglob("BUILD*.in"):
        path.rename(path.with_suffix(""))
    for name in ("WORKSPACE", "MODULE.bazel"):
        (root / name).unlink(missing_ok=True)
    (root / "MODULE.bazel").write_text(_MODULE.format(name=source.name))
    return expected


def build_files(root: Path) -> dict[str, str]:
    """The BUILD files of a workspace by their package."""
    found = {}
    for path in sorted(root.rglob("BUILD*")):
        if path.name in ("BUILD", "BUILD.bazel", "BUILD.custom"):
            found[path.parent.relative_to(root).as_posix().strip(".")] = path.read_text()
    return found


def run(source: Path, declared: list[tuple[str, re.Pattern[str], str]]) -> Outcome:
    """Runs our generator on a test folder, twice."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, source.name)
        expected = lay_out(source, root)
        os.environ["BUILD_WORKSPACE_DIRECTORY"] = str(root)
        os.environ["XDG_CACHE_HOME"] = f"{directory}/cache"
        messages = io.StringIO()
        try:
            with contextlib.redirect_stderr(messages), contextlib.redirect_stdout(messages):
                code = generate([])
                first = build_files(root)
                outcome.messages = messages.getvalue()
                generate([])
        except Exception:
            outcome.crash = traceback.format_exc()
            return outcome
        second = build_files(root)
        outcome.unstable = sorted(path for path in second if first.get(path) != second[path])
        lines = list(compare(expected, {path: rules_of(text, path) for path, text in first.items()}))
        if code == 0 and "exit_code: 1" in (source / "test.yaml").read_text():
            lines.append("exit code 0, where Gazelle's is 1")
        for line in lines:
            reason = next((r for name, p, r in declared if name in ("*", source.name) and p.search(line)), "")
            if reason:
                outcome.declared.append(f"{line}\n      {reason}")
            else:
                outcome.differences.append(line)
    return outcome


def read_declared(path: Path) -> list[tuple[str, re.Pattern[str], str]]:
    """Declared differences: lines `FOLDER /PATTERN/ REASON`; `#` begins a comment."""
    found = []
    for line in path.read_text().splitlines():
        match = re.fullmatch(r"(\S+) /(.*)/ (.+)", line)
        if match:
            found.append((match[1], re.compile(match[2]), match[3]))
        elif line and not line.startswith("#"):
            raise SystemExit(f"{path.name}: {line!r} is not of the form FOLDER /PATTERN/ REASON")
    return found


def main() -> int:
    """Compares, and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, help="gazelle/python/testdata of rules_python")
    parser.add_argument("--only", help="this folder alone")
    parser.add_argument("--show", action="store_true", help="declared differences and messages, too")
    args = parser.parse_args()
    os.environ.pop("BUILD_WORKING_DIRECTORY", None)
    declared = read_declared(DECLARED)
    folders = [path for path in sorted(args.directory.iterdir()) if path.is_dir() and args.only in (None, path.name)]
    counts = dict.fromkeys(("same", "declared", "different", "crashed", "unstable"), 0)
    for folder in folders:
        outcome = run(folder, declared)
        worst = "crashed" if outcome.crash else "different" if outcome.differences else ""
        counts[worst or ("declared" if outcome.declared else "same")] += 1
        counts["unstable"] += bool(outcome.unstable)
        if worst or outcome.unstable or args.show:
            print(folder.name)
            for line in (*outcome.differences, *outcome.crash.splitlines()):
                print(f"    {line}")
            for path in outcome.unstable:
                print(f"    a second run changes //{path}")
            if args.show:
                print("".join(f"    declared: {line}\n" for line in outcome.declared) + outcome.messages)
    print(f"{len(folders)} folders: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    return 1 if counts["different"] or counts["crashed"] or counts["unstable"] else 0


if __name__ == "__main__":
    sys.exit(main())
