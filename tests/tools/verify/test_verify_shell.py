"""The lint for calls that need a shell."""

from __future__ import annotations

import pytest

from distroless_python.verify.checks.shell_calls import shell_calls
from support.verification import Verify


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("import os\nos.system('ls')", [(2, "os.system")]),
        ("import os as o\no.popen('ls').read()", [(2, "os.popen")]),
        ("from os import system as run\n\nrun('ls')", [(3, "os.system")]),
        ("import subprocess\nsubprocess.run('ls', shell=True)", [(2, "subprocess.run(shell=True)")]),
        ("from subprocess import Popen\nPopen('ls', shell=1)", [(2, "subprocess.Popen(shell=True)")]),
        ("import subprocess as s\ns.getoutput('a'); s.getstatusoutput('b')", None),
        ("import asyncio\nasync def f():\n    await asyncio.create_subprocess_shell('a')", None),
        ("def f():\n    from subprocess import check_output\n    check_output('a', shell=True)", None),
    ],
)
def test_calls_that_need_a_shell(source: str, calls: list[tuple[int, str]] | None) -> None:
    found = list(shell_calls(source.encode()))
    assert found == calls if calls else found


@pytest.mark.parametrize(
    "source",
    [
        "",
        "import subprocess\nsubprocess.run(['ls'], shell=False)",
        "import subprocess\nsubprocess.run(['ls'])",
        "import subprocess\nsubprocess.run(['ls'], shell=flag)",
        "os.system('ls')",
        "from mine import system\nsystem('x')",
        "from .os import system\nsystem('x')",
        "class os: pass\nos.system",
        "import os\nos.path.join('system')",
        "print 'Python 2'",
        "x = 1\0",
        "(" * 500,
    ],
)
def test_calls_that_need_none(source: str) -> None:
    assert not list(shell_calls(source.encode()))


@pytest.mark.parametrize("has_shell", [False, True])
def test_a_warning_with_file_and_lines(verify: Verify, has_shell: bool) -> None:
    source = verify.directory / "server.py"
    source.write_text("import os\nos.system('a')\nos.popen('b')\n")
    sources = [{"source": str(source), "path": "_main/server.py"}, {"source": "/nowhere", "path": "_main/data.txt"}]
    verify.base(files=["usr/bin/sh"] if has_shell else [])
    verify.layer("x")
    warning = (
        "warning: //app:image: server.py:2: starts a shell, which the image does not have:"
        " os.system (line 2), os.popen (line 3) [shell-call:_main/server.py]\n"
        "    remedy: start the program itself: subprocess.run([program, argument, ...])"
    )
    assert verify.run(sources=sources) == ("" if has_shell else warning)
