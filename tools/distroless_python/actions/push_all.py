"""`push-all`: several images go to registries, together: what they share is uploaded once.

`bazel run //:push_all [-- --registry HOST] [--tag T ...] [--json F] [--yaml F] [--kustomize F] [--helm F] [--insecure]`
`--dry-run` writes the files and pushes nothing; `--since F` says what differs from an earlier `--json`.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence

from distroless_python.actions import options
from distroless_python.actions.push import appearing, cache_options, job
from distroless_python.errors import Collector, ToolError
from distroless_python.manifests.deliver import PushAllManifest
from distroless_python.manifests.reading import read_manifest
from distroless_python.registry import rollout
from distroless_python.registry.job import Job, Push
from distroless_python.registry.push import push
from distroless_python.registry.rollout import PushedImage

_REPEAT = "read what is wrong with it, then push again: what is there is not sent again"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bazel run <push_all> --", description="Pushes images to their registries.")
    parser.add_argument("manifest", help=argparse.SUPPRESS)
    parser.add_argument("--registry", metavar="HOST", help="instead of the targets', e.g. registry.example.com:5000")
    parser.add_argument("--tag", action="append", default=[], help="instead of the targets' tags")
    parser.add_argument("--insecure", action="store_true", help="allow plain HTTP")
    parser.add_argument("--dry-run", action="store_true", help="write the files, and push nothing")
    parser.add_argument(
        "--since", metavar="FILE", help="print which images differ from what an earlier --json says, and push nothing"
    )
    for name, form in rollout.FORMS.items():
        parser.add_argument(f"--{name}", metavar="FILE", help=form.__doc__)
    cache_options(parser)
    arguments = parser.parse_args(argv)
    manifest = read_manifest(arguments.manifest, PushAllManifest)
    jobs = _jobs(manifest, arguments)
    images = [PushedImage(each.label, str(each.target), each.image.root.digest, each.tags) for each in jobs]
    if arguments.since:
        for image in rollout.changed(images, options.user_path(arguments.since)):
            print(f"{image.label}  {image.repository}@{image.digest}")
        return 0
    with contextlib.ExitStack() as files:
        for name, form in rollout.FORMS.items():
            path = getattr(arguments, name)
            if path:
                files.enter_context(appearing(path, form(images), f"--{name}"))
        pushes = [] if arguments.dry_run else push(jobs, f"Pushing {len(jobs)} images")
        if pushes:
            print(_table(pushes))
        problems = dict.fromkeys(problem for each in pushes if each.error for problem in each.error.problems)
        if problems:
            raise ToolError(problems)
    return 0


def _jobs(manifest: PushAllManifest, arguments: argparse.Namespace) -> list[Job]:
    """What there is to do.

    Raises:
        ToolError: with everything that is wrong about it.
    """
    problems = Collector()
    jobs: list[Job] = []
    named: dict[str, Job] = {}
    for each in manifest.pushes:
        with problems.catching():
            found = job(each, arguments, host=arguments.registry or "")
            jobs.append(found)
            for name in (f"{found.target}:{tag}" for tag in found.tags):
                other = named.setdefault(name, found)
                if other.image.root.digest != found.image.root.digest:
                    problems.add(each.label, f"{other.label} pushes another image as {name}", "change one of the two")
    problems.raise_if_any()
    return jobs


def _table(pushes: Sequence[Push]) -> str:
    """A line for each image: what was done, how much was sent, and its name by digest."""
    rows = []
    for each in pushes:
        done = "failed" if each.error else "there" if each.found else "pushed"
        name = f"{each.job.target}@{each.job.image.root.digest}"
        rows.append((each.job.label, done, f"{each.sent / 1e6:.1f} MB", name, " ".join(each.job.tags)))
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(4)]
    return "\n".join(
        "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths)), row[4])).rstrip() for row in rows
    )
