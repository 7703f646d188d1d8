"""The warning about calls that need a shell."""

from __future__ import annotations

import pytest

from support.verification import LABEL, Verify


@pytest.mark.parametrize("has_shell", [False, True])
def test_a_warning_with_file_and_lines(verify: Verify, has_shell: bool) -> None:
    source = "import os\nos.system('a')\nos.popen('b')\n"
    verify.base(files=["usr/bin/sh"] if has_shell else [])
    verify.layer(LABEL, "", kind="app", files={"app/_main/server.py": source, "app/_main/data.txt": source})
    warning = (
        "warning: //app:image: /app/_main/server.py:2: starts a shell, which the image does not have:"
        " os.system (line 2), os.popen (line 3) [shell-call:/app/_main/server.py]\n"
        "    remedy: start the program itself: subprocess.run([program, argument, ...])"
    )
    assert verify.run() == ("" if has_shell else warning)
    assert verify.run(allow={"shell-call:/app/_main/server.py": "x"} if not has_shell else {}) == ""


def test_of_distributions_nothing_is_said(verify: Verify) -> None:
    verify.layer("x", files={"usr/local/lib/python3.13/dist-packages/x.py": "import os\nos.system('a')"})
    assert verify.run() == ""
