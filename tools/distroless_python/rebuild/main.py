"""The command `distroless-verify`: an image in a registry is made again of what others published.

It reads the image and its provenance from the registry, fetches every wheel and every Debian package by its SHA-256
from the index and the mirror of this machine, makes the base and all layers of them again, and says of each layer
whether it has the same bytes. Bazel is not needed. First-party layers need their source: --source.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from distroless_python.errors import Problem, ToolError, run_main
from distroless_python.files import write_json
from distroless_python.rebuild import report
from distroless_python.rebuild.again import Options, rebuild
from distroless_python.rebuild.remote import Remote, parse_name


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 0 if all that others can make again has the same bytes."""
    parser = argparse.ArgumentParser(prog="distroless-verify", description=__doc__, allow_abbrev=False)
    parser.add_argument("image", help="registry.example.com/app@sha256:…, or with a tag; of an index every image")
    parser.add_argument("--source", type=Path, metavar="DIR", help="a checkout, to make first-party layers again")
    parser.add_argument("--archives", type=Path, metavar="DIR", help="wheels and packages: looked into first, kept")
    parser.add_argument("--mirror", default="", help="Debian mirror (default: DEBIAN_MIRROR, else apt's)")
    parser.add_argument("--security-mirror", default="", help="its security archive (default: DEBIAN_SECURITY_MIRROR)")
    parser.add_argument("--provenance", type=Path, metavar="FILE", help="the statement, instead of the attached one")
    parser.add_argument("--accept", action="append", default=[], metavar="NAME", help="a layer that need not be made")
    parser.add_argument("--insecure", action="store_true", help="plain HTTP beyond loopback")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the verdicts there")
    args = parser.parse_args(argv)
    return run_main(lambda: _run(args))


def _run(args: argparse.Namespace) -> int:
    name, reference = parse_name(args.image)
    if args.source and not args.source.is_dir():
        raise ToolError(Problem(str(args.source), "is not a directory", "give the root of a checkout", "--source"))
    remote = Remote(name, insecure=args.insecure)
    given = args.provenance.read_bytes() if args.provenance else None
    options = Options(args.archives, args.source, args.mirror, args.security_mirror, given)
    found = []
    for image in remote.images(reference):
        rebuilt = rebuild(remote, image, options)
        print("\n".join(report.lines(rebuilt, args.accept)), flush=True)
        found.append(rebuilt)
    if args.json:
        write_json(args.json, [report.value(each, args.accept) for each in found], pretty=True)
    return 0 if all(report.proven(each, args.accept) for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
