"""Brings the newest `packaging` that the actions' oldest Python can run: `python3 update.py`. For maintainers."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

OLDEST = "3.9"
MODULES = (
    "__init__",
    "_elffile",
    "_manylinux",
    "_musllinux",
    "_parser",
    "_ranges",
    "_tokenizer",
    "markers",
    "requirements",
    "specifiers",
    "tags",
    "utils",
    "version",
)
"""What `packaging.requirements` imports."""


def main() -> int:
    target = Path(__file__).parent / "packaging"
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*command, f"--python-version={OLDEST}", f"--dest={scratch}", "packaging"], check=True)
        wheel = next(Path(scratch).glob("*.whl"))
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                file = Path(name)
                is_module = file.parts[:-1] == ("packaging",) and file.stem in MODULES and file.suffix == ".py"
                if is_module or (file.parts[0].endswith(".dist-info") and file.parent.name == "licenses"):
                    (target / file.name).write_bytes(archive.read(name))
        print(f"{wheel.name.rpartition('-py3')[0]} is in {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
