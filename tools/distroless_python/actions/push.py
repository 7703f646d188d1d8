"""`push`: an image or index goes to a registry.

`bazel run //app:push [-- --repository R] [--tag T ...] [--digest-file F] [--insecure]`. The order is blobs, manifests,
indexes, referrers, tags, so a tag never names what is not there; whatever the registry has is not sent.

This is not `crane push`, which cannot do four of these (read in its sources, August 2026): it mounts only layers that
it has pulled itself, so a layout's base layers are uploaded; an upload that was cut begins again with its first byte;
it does not heed Retry-After; it attaches no referrers. It takes one tag a run and shows no progress. What it does, it
does as this: no tag before its blobs, HEAD before an upload, Docker's credentials.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from distroless_python.actions import options
from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats.oci import Descriptor
from distroless_python.formats.reference import Repository, check_tag, repository
from distroless_python.image.stored_image import StoredImage
from distroless_python.manifests.deliver import PushManifest, Referrer
from distroless_python.manifests.reading import read_manifest
from distroless_python.registry import bazelrc
from distroless_python.registry.bazelrc import Flags
from distroless_python.registry.job import Job
from distroless_python.registry.local_image import LocalImage
from distroless_python.registry.push import push
from distroless_python.registry.sources import Cache, caches


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bazel run <push> --", description="Pushes the image to a registry.")
    parser.add_argument("manifest", help=argparse.SUPPRESS)
    parser.add_argument("--repository", metavar="NAME", help="instead of the target's, e.g. registry.example.com/app")
    parser.add_argument("--tag", action="append", default=[], help="instead of the target's tags")
    parser.add_argument("--digest-file", metavar="FILE", help="where to write the digest")
    parser.add_argument("--insecure", action="store_true", help="allow plain HTTP")
    cache_options(parser)
    arguments = parser.parse_args(argv)
    manifest = read_manifest(arguments.manifest, PushManifest)
    work = job(manifest, arguments, arguments.repository)
    target, digest = work.target, work.image.root.digest
    file = arguments.digest_file
    with appearing(file, f"{digest}\n", "--digest-file") if file else nullcontext():
        (pushed,) = push([work], f"Pushing to {target}")
        if pushed.error:
            raise pushed.error
    count, size = len(pushed.lacked), sum(blob.size for blob in work.image.blobs if blob.digest in pushed.lacked)
    print(f"{count} of {len(work.image.blobs)} blobs were missing ({size / 1e6:.1f} MB)", file=sys.stderr)
    for name in work.tags:
        print(f"{target}:{name}", file=sys.stderr)
    print(f"{target}@{digest}")
    return 0


def cache_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options about where layers are that are not on this machine; names are Bazel's."""
    parser.add_argument("--remote_cache", metavar="URL", help="where layers are that Bazel did not download")
    parser.add_argument("--remote_header", action="append", default=[], metavar="NAME=VALUE", help="sent to it")
    parser.add_argument("--config", action="append", default=[], help="of Bazel's configuration files, for the cache")


def job(manifest: PushManifest, arguments: argparse.Namespace, name: str | None = None, host: str = "") -> Job:
    """What a manifest and the command line say, checked.

    Args:
        manifest: the target's.
        arguments: of the command line: tag, insecure, and those of `cache_options`.
        name: the repository, instead of the manifest's.
        host: the registry, instead of the repository's.

    Raises:
        ToolError: with everything that is wrong about it.
    """
    problems = Collector()
    found: dict[str, Any] = {}
    with problems.catching():
        found["target"], found["tags"] = _target(manifest, name, arguments.tag, host)
    with problems.catching():
        found["image"] = LocalImage.read(
            StoredImage(manifest, _exec_root(manifest)), partial(_caches, arguments, manifest)
        )
    with problems.catching():
        found["mount_from"] = [repository(each, manifest.label, "mount_from") for each in manifest.mount_from]
    problems.raise_if_any()
    target, image = found["target"], found["image"]
    return Job(
        manifest.label,
        image,
        target,
        found["tags"],
        tuple(source.path for source in found["mount_from"] if source.host == target.host),
        tuple((_subject(referrer) or image.root, referrer) for referrer in manifest.referrers),
        arguments.insecure or manifest.insecure,
    )


def _caches(arguments: argparse.Namespace, manifest: PushManifest) -> list[Cache]:
    """The caches that Bazel has used for what is not on this machine.

    Raises:
        ToolError: there are none, though there should be.
    """
    started = os.environ.get("BUILD_WORKSPACE_DIRECTORY")  # by Bazel; another one does not say where its options are
    workspace = Path(started or "")
    flags = bazelrc.of_machine(workspace, arguments.config) if started else Flags()
    if arguments.remote_cache is not None:
        flags.values["remote_cache"] = arguments.remote_cache
    flags.lists.setdefault("remote_header", []).extend(arguments.remote_header)
    found = caches(flags, workspace, manifest.label, manifest.wheels)
    if manifest.lazy and not found:
        reason = "its layers are not on this machine, and .bazelrc names no cache that has them"
        raise ToolError(
            Problem(manifest.label, reason, "start it by `bazel run`; or name the cache: --remote_cache=URL")
        )
    return found


def _exec_root(manifest: PushManifest) -> Path | None:
    """The directory that a lazy push's layers are below: the one that this run's files link to."""
    return Path(os.path.realpath(manifest.descriptor).partition("/bazel-out/")[0]) if manifest.lazy else None


def _subject(referrer: Referrer) -> Descriptor | None:
    """The image of an index that a document is about."""
    if not referrer.subject:
        return None
    return Descriptor.from_json(json.loads(Path(referrer.subject).read_bytes()), referrer.subject)


def _target(
    manifest: PushManifest, name: str | None, tags: Sequence[str], host: str
) -> tuple[Repository, tuple[str, ...]]:
    """Where to, and under which tags.

    Raises:
        ToolError: with everything that is wrong about it.
    """
    problems = Collector()
    status = options.status(manifest.status_files)
    named = [
        name or manifest.repository,
        *options.lines([manifest.repository_file] if manifest.repository_file else []),
    ]
    wanted = [*(tags or [*manifest.tags, *options.lines(manifest.tag_files)])]
    target: Repository | None = None
    with problems.catching():
        stamped = options.stamped([next(filter(None, named), "")], status, manifest.label, "repository")[0]
        if not stamped:
            remedy = "set `repository`, or push with --repository registry.example.com/team/app"
            raise ToolError(Problem(manifest.label, "no repository to push to is given", remedy, "repository"))
        target = repository(stamped, manifest.label)
        if host:
            target = repository(f"{host}/{target.path}", manifest.label, "--registry")
    with problems.catching():
        wanted = options.stamped(wanted, status, manifest.label, "tags")
        for each in wanted:
            with problems.catching():
                check_tag(each, manifest.label)
    problems.raise_if_any()
    assert target is not None  # or there was a problem
    return target, tuple(dict.fromkeys(wanted))


@contextmanager
def appearing(path: str, text: str, option: str) -> Iterator[None]:
    """A file that is there if all goes well; room for it is made sure of before anything is pushed.

    Args:
        path: of the command line.
        text: what is written.
        option: its option, for messages.

    Raises:
        ToolError: it cannot be written.
    """
    target = options.user_path(path)
    part = target.with_name(f".{target.name}.part")
    try:
        with _writing(target, option):
            if target.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            part.write_text(text)
        yield
        with _writing(target, option):
            os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _writing(target: Path, option: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = f"make room for it, or name another file by {option}"
        raise ToolError(Problem(str(target), f"cannot be written: {error.strerror}", remedy)) from None
