"""Which files of a checkout `init` locks."""

from __future__ import annotations

from pathlib import Path

import pytest

from distroless_python.init.requirements import Development, Inputs, find


def _checkout(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


_PYPROJECT = """
[project]
name = "site"
dependencies = ["django"]
optional-dependencies = {test = ["pytest"], docs = ["sphinx"]}
[dependency-groups]
dev = ["ruff"]
lint = ["mypy"]
"""
_POETRY = """
[tool.poetry.dependencies]
python = "^3.11"
django = "^5.2.1"
old = "^0.3.0.post1"
tilde = "~2.4"
pinned = "1.0"
ranged = ">=1,<3"
any = "*"
extra = {version = "^1", extras = ["a", "b"], python = "<3.12"}
optional = {version = "1", optional = true}
source = {git = "https://example.com/x.git", tag = "v1"}
[tool.poetry.group.dev.dependencies]
pytest = "^8"
[tool.poetry.group.docs.dependencies]
sphinx = "*"
"""
_PIPFILE = """
[packages]
django = "*"
gunicorn = {version = "==21.2", extras = ["gevent"], markers = "sys_platform == 'linux'"}
[dev-packages]
pytest = "*"
"""


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, Inputs()),
        ({"uv.lock": "", "pyproject.toml": _PYPROJECT}, Inputs("uv.lock", development=Development(groups=("dev",)))),
        ({"pylock.toml": "", "requirements.txt": "a"}, Inputs("pylock.toml")),
        ({"requirements.txt": "a==1 --hash=sha256:0"}, Inputs("requirements.txt")),
        (
            {"requirements.txt": "a", "requirements.in": "a", "requirements-dev.txt": "b", "test.txt": "", "x.txt": ""},
            Inputs("requirements_lock.txt", ("requirements.in",), Development(("requirements-dev.txt", "test.txt"))),
        ),
        (
            {"requirements/base.txt": "a", "requirements/production.txt": "-r base.txt", "requirements/test.txt": ""},
            Inputs("requirements_lock.txt", ("requirements/production.txt",), Development(("requirements/test.txt",))),
        ),
        (
            {"pyproject.toml": _PYPROJECT},
            Inputs("requirements_lock.txt", ("pyproject.toml",), Development((), ("test",), ("dev",))),
        ),
        ({"backend/requirements.txt": "a"}, Inputs("requirements_lock.txt", ("backend/requirements.txt",))),
        ({"a/requirements.txt": "a", "b/requirements.txt": "b"}, Inputs()),
    ],
)
def test_what_is_there(tmp_path: Path, files: dict[str, str], found: Inputs) -> None:
    assert find(_checkout(tmp_path, files)) == found


@pytest.mark.parametrize(
    ("files", "lines", "more"),
    [
        (
            {"pyproject.toml": _POETRY},
            [
                "django>=5.2.1,<6",
                "old>=0.3.0.post1,<0.4",
                "tilde>=2.4,<2.5",
                "pinned==1.0",
                "ranged>=1,<3",
                "any",
                "extra[a,b]>=1,<2 ; python_version < '3.12'",
                "source @ git+https://example.com/x.git@v1",
            ],
            "pytest>=8,<9\n",
        ),
        ({"Pipfile": _PIPFILE}, ["django", "gunicorn[gevent]==21.2 ; sys_platform == 'linux'"], "pytest\n"),
        ({"setup.py": "from setuptools import setup\nsetup(install_requires=['flask>=3'])"}, ["flask>=3"], ""),
        (
            {
                "setup.py": "setup()",
                "setup.cfg": "[options]\ninstall_requires =\n  flask\n[options.extras_require]\nx = y\n",
            },
            ["flask"],
            "",
        ),
        (
            {
                "setup.py": "from setuptools import setup\n"
                "setup(install_requires=['flask'], extras_require={'test': ['pytest>=5', 'mock'], 'docs': ['sphinx']})"
            },
            ["flask"],
            "pytest>=5\nmock\n",
        ),
    ],
)
def test_what_other_tools_write_becomes_requirements(
    tmp_path: Path, files: dict[str, str], lines: list[str], more: str
) -> None:
    found = find(_checkout(tmp_path, files))
    assert found.sources == ("requirements.in",)
    assert found.written["requirements.in"].splitlines() == lines
    assert found.written.get("requirements-dev.in", "") == more
    assert found.development.sources == (("requirements-dev.in",) if more else ())
