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
from contextlib import contextmanager
from pathlib import Path

from distroless_python.actions import options
from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats.oci import Descriptor, Layout
from distroless_python.formats.reference import Repository, check_tag, repository
from distroless_python.manifests.deliver import PushManifest, Referrer
from distroless_python.manifests.reading import read_manifest
from distroless_python.registry.client import Registry
from distroless_python.registry.push import push, read, tag
from distroless_python.registry.referrers import attach


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bazel run <push> --", description="Pushes the image to a registry.")
    parser.add_argument("manifest", help=argparse.SUPPRESS)
    parser.add_argument("--repository", metavar="NAME", help="instead of the target's, e.g. registry.example.com/app")
    parser.add_argument("--tag", action="append", default=[], help="instead of the target's tags")
    parser.add_argument("--digest-file", metavar="FILE", help="where to write the digest")
    parser.add_argument("--insecure", action="store_true", help="allow plain HTTP")
    arguments = parser.parse_args(argv)
    manifest = read_manifest(arguments.manifest, PushManifest)
    target, tags = _target(manifest, arguments.repository, arguments.tag)
    mount_from = tuple(
        path.path for name in manifest.mount_from if (path := repository(name, manifest.label)).host == target.host
    )
    image = read(Layout(Path(manifest.image), manifest.label))
    insecure = arguments.insecure or manifest.insecure
    registry = Registry(target, manifest.label, mount_from=mount_from, insecure=insecure)
    with _digest_file(arguments.digest_file, image.root.digest), registry:
        sent = push(registry, image, mount_from)
        for referrer in manifest.referrers:
            attach(registry, _subject(referrer) or image.root, referrer)
        tag(registry, image, tags)
    size = sum(blob.size for blob in sent)
    print(f"{len(sent)} of {len(image.blobs)} blobs were missing ({size / 1e6:.1f} MB)", file=sys.stderr)
    for name in tags:
        print(f"{target}:{name}", file=sys.stderr)
    print(f"{target}@{image.root.digest}")
    return 0


def _subject(referrer: Referrer) -> Descriptor | None:
    """The image of an index that a document is about."""
    if not referrer.subject:
        return None
    return Descriptor.from_json(json.loads(Path(referrer.subject).read_bytes()), referrer.subject)


def _target(manifest: PushManifest, name: str | None, tags: Sequence[str]) -> tuple[Repository, tuple[str, ...]]:
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
            raise ToolError(Problem(manifest.label, "nothing says where to push", remedy, "repository"))
        target = repository(stamped, manifest.label)
    with problems.catching():
        wanted = options.stamped(wanted, status, manifest.label, "tags")
        for each in wanted:
            with problems.catching():
                check_tag(each, manifest.label)
    problems.raise_if_any()
    assert target is not None  # or there was a problem
    return target, tuple(dict.fromkeys(wanted))


@contextmanager
def _digest_file(path: str | None, digest: str) -> Iterator[None]:
    """The file with the digest appears if all goes well; room for it is made sure of before anything is pushed."""
    if path is None:
        yield
        return
    target = options.user_path(path)
    part = target.with_name(f".{target.name}.part")
    try:
        with _writing(target):
            if target.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            part.write_text(f"{digest}\n")
        yield
        with _writing(target):
            os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        remedy = "make room for it, or name another file by --digest-file"
        raise ToolError(Problem(str(target), f"cannot be written: {error.strerror}", remedy)) from None
