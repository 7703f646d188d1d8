"""`lock pip-parse`: the lines of MODULE.bazel by which rules_python's `pip.parse` has the wheels of images."""

from __future__ import annotations

import argparse

from distroless_python.debian.releases import RELEASES
from distroless_python.lock.environments import Environment, parse_all

DESCRIPTION = "Print the lines for MODULE.bazel that have rules_python's pip.parse choose an image's wheels."

_OLDEST = (3, 9)  # of rules_python
_PYTHON = 'python = use_extension("@rules_python//python/extensions:python.bzl", "python")'
_PIP = 'pip = use_extension("@rules_python//python/extensions:pip.bzl", "pip")'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--release", action="append", required=True, choices=sorted(RELEASES), help="of the base; again for more"
    )
    parser.add_argument(
        "--architecture",
        action="append",
        choices=["amd64", "arm64"],
        help="of the image; again for more (default: both)",
    )
    parser.add_argument("--requirements", default="//:requirements_lock.txt", help="label of the requirements lock")
    parser.add_argument("--hub", default="pip", help='name of the hub; rules_python reserves "pypi"')


def run(args: argparse.Namespace) -> int:
    architectures = args.architecture or ["amd64", "arm64"]
    names = [f"{release}_{architecture}" for release in args.release for architecture in architectures]
    print(lines(parse_all(names), args.hub, args.requirements), end="")
    return 0


def lines(environments: tuple[Environment, ...], hub: str, requirements: str) -> str:
    """The lines, for any mixture of releases."""
    versions = {environment.python: environment for environment in environments}
    machines = sorted({environment.machine for environment in environments})
    old = sorted(python for python in versions if python < _OLDEST)
    text = [_PYTHON]
    if old:
        mapping = ", ".join(f'"{_minor(python)}": "{_minor(python)}.{versions[python].micro}"' for python in old)
        text.append(
            f"python.override(minor_mapping = {{{mapping}}})  # rules_python has no such Python, and needs none"
        )
    text += [f'python.toolchain(python_version = "{_minor(python)}")' for python in versions if python not in old]
    text += ["", _PIP]
    if any(environment.abi.endswith("m") for environment in environments):
        for machine in machines:
            text += ["pip.default(", f'    platform = "linux_{machine}",', "    whl_abi_tags = ["]
            text += [f'        "{tag}",' for tag in ("abi3", "cp{major}{minor}m", "cp{major}{minor}")]
            text += ["    ],", ")"]
    for python in versions:
        text += _parse(python, [f"linux_{machine}" for machine in machines], hub, requirements, python in old)
    return "\n".join([*text, f'use_repo(pip, "{hub}")', ""])


def _minor(python: tuple[int, int]) -> str:
    return f"{python[0]}.{python[1]}"


def _parse(python: tuple[int, int], platforms: list[str], hub: str, requirements: str, old: bool) -> list[str]:
    interpreter = ['    python_interpreter = "python3",'] if old else []
    machines = platforms if old else [*platforms, "{os}_{arch}"]  # the latter: developers' own
    return [
        "pip.parse(",
        f'    hub_name = "{hub}",',
        *interpreter,
        f'    python_version = "{_minor(python)}",',
        f'    requirements_lock = "{requirements}",',
        "    target_platforms = [",
        *(f'        "{machine}",' for machine in machines),
        "    ],",
        ")",
    ]
