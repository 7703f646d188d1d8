"""`lock compile`: a requirements lock by pip-tools, for the Pythons of the images."""

from __future__ import annotations

import argparse

from distroless_python.errors import Problem, ToolError
from distroless_python.lock.compile import Request, compile_lock, stale
from distroless_python.lock.environments import parse_all
from distroless_python.lock.main_wheels import add_environment_argument, user_path
from distroless_python.lock.runner import make_runner
from distroless_python.lock.sources import Group, Sources

DESCRIPTION = "Lock requirements with pip-tools, for the Pythons of the images and not for the one that runs this."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sources", nargs="*", type=user_path, help="requirements.in files, or a pyproject.toml")
    add_environment_argument(parser)
    parser.add_argument("--output", required=True, type=user_path, help="the lock, requirements_lock.txt")
    parser.add_argument("--constraint", action="append", default=[], type=user_path, help="a constraints file")
    parser.add_argument("--extra", action="append", default=[], help="optional dependencies of the pyproject.toml")
    parser.add_argument(
        "--group", action="append", default=[], metavar="[PATH:]NAME", help="a dependency group of a pyproject.toml"
    )
    add_upgrade_arguments(parser)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the lock is stale (no network)")


def add_upgrade_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--resolver",
        choices=["pip-tools", "uv"],
        default="pip-tools",
        help="what compiles requirements; uv has to be installed (default: pip-tools)",
    )
    parser.add_argument("--upgrade", action="store_true", help="let every requirement move to its newest version")
    parser.add_argument(
        "--upgrade-package", action="append", default=[], metavar="NAME", help="let this one move; again for more"
    )


def run(args: argparse.Namespace) -> int:
    if not args.sources and not args.group:
        remedy = "name a requirements.in or a pyproject.toml, or a dependency group by --group"
        raise ToolError(Problem(str(args.output), "there is nothing to compile it from", remedy))
    groups = tuple(Group.parse(text, user_path("")) for text in args.group)
    request = Request(
        Sources(tuple(args.sources), tuple(args.constraint), tuple(args.extra), groups),
        args.output,
        parse_all(args.environment),
        args.upgrade,
        tuple(args.upgrade_package),
    )
    if args.check:
        problems = stale(request)
        if problems:
            raise ToolError(problems)
    else:
        compile_lock(request, make_runner(args.resolver, args.interpreter))
    return 0
