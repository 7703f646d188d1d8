"""What verification can find: the one table of codes. docs/explanation/verification.md's table is written from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

ERROR, WARNING, ALLOWED = "error", "warning", "allowed"


class Code(NamedTuple):
    """A kind of finding.

    Attributes:
        example: a finding's name, as `allow` has it.
        meaning: what such a finding says.
        known: how it is known.
        remedy: what to do, in general; each finding's own remedy says it to the letter.
        level: `error` or `warning`, unless a finding says otherwise.
    """

    example: str
    meaning: str
    known: str
    remedy: str
    level: str = ERROR


def table(codes: Mapping[str, Code]) -> str:
    """The codes as a table in Markdown, as docs/explanation/verification.md has it."""
    rows = [f"| `{code.example}` | {code.level} | {code.meaning} | {code.known} |" for code in codes.values()]
    return "\n".join(["| finding | level | what it says | how it is known |", "|---|---|---|---|", *rows])


CODES = {
    "duplicate-path": Code(
        "duplicate-path:one+two",
        "two layers put different things at one path",
        "digests, and in the base sizes",
        "leave one of them out",
    ),
    "end-of-life": Code(
        "end-of-life:debian11",
        "the base gets no updates any more; a warning 90 days ahead",
        "the date in the base's lock, or in the table of releases, compared with `--//rules:today`",
        "use a base of a newer release",
    ),
    "hidden-module": Code(
        "hidden-module:email",
        "a first-party module hides one of the standard library, or of a wheel, that others import",
        "the image's `sys.path`, and the imports of what the image starts",
        "rename it, or leave its folder out of `imports`",
    ),
    "invalid-entry-point": Code(
        "invalid-entry-point:name",
        "an entry point is not `module:object`, so it has no script",
        "entry_points.txt",
        "use a wheel that was built again",
    ),
    "invalid-requirement": Code(
        "invalid-requirement:name",
        "a `Requires-Dist` is not a valid requirement",
        "METADATA",
        "lock another version",
    ),
    "missing-data": Code(
        "missing-data:/app/_main/data/train.csv",
        "first-party code reads a file, a resource, a locale or a time zone that is not in the image; an error where"
        " that happens when the program starts, a warning where it waits for a call",
        "literal paths relative to `__file__` or the working directory, `importlib.resources`, `setlocale`, `ZoneInfo`,"
        " Django's settings",
        "add it to `data`",
    ),
    "missing-entry": Code(
        "missing-entry:server",
        "the file, module or console script that the image starts is not in it",
        "the image's files and `sys.path`",
        "add what brings it to the binary's deps",
    ),
    "missing-healthcheck": Code(
        "missing-healthcheck:curl",
        "what the image's `healthcheck` starts is not in it",
        "the image's files, PATH and `sys.path`",
        "let its Python ask: `-c`, a file, or `-m`",
    ),
    "missing-import": Code(
        "missing-import:packaging",
        "a module that is surely imported is not in the image; a warning where a function of first-party code does it",
        "imports outside of `try` and tests, followed from what the image starts, and searched in `sys.path`",
        "add what has it to the requirements, or to deps",
    ),
    "missing-interpreter": Code(
        "missing-interpreter:/bin/sh",
        "a program on `PATH`, or a base's HEALTHCHECK, is started by what is not there: a shell, `env`, another loader",
        "first lines of scripts, ELF headers, the base's config",
        "use a wheel whose scripts start with `#!python`",
    ),
    "missing-library": Code(
        "missing-library:libmagic.so.1",
        "a module opens a library by `ctypes` or `cffi` when it is imported, and it is not in the image",
        "calls in the sources of modules that are surely imported; a short table for what these do not show",
        "add the Debian package that the message names",
    ),
    "missing-program": Code(
        "missing-program:git",
        "a program that is started is not in the image; a warning where it waits for a call of first-party code",
        "calls of `subprocess` and the like with literal names",
        "add the Debian package that the message names",
    ),
    "missing-requirement": Code(
        "missing-requirement:name",
        "a distribution requires one that is not in the image",
        "`Requires-Dist`, its markers evaluated for the image; extras as other distributions ask for them",
        "add it to the requirements and lock again",
    ),
    "secret-file": Code(
        "secret-file:app/_main/.env",
        "a file with secrets is among first-party files: `.env`, a private key, `.git`",
        "names, and the content of PEM files",
        "mount it when the image runs",
    ),
    "shell-call": Code(
        "shell-call:/app/_main/x.py",
        "first-party code starts a shell, in an image without one: `os.system`, `os.popen`, `shell=True`",
        "the code's calls",
        "start the program itself",
        WARNING,
    ),
    "too-many-layers": Code(
        "too-many-layers:130",
        "the image has more than the 125 layers that Docker takes",
        "the base's layers and the image's own",
        "use a base with fewer layers",
    ),
    "undefined-soname": Code(
        "undefined-soname:libGL.so.1",
        "a library needs one that nothing in the image provides",
        "ELF files, searched as glibc's loader searches",
        "add the Debian package that the message names",
    ),
    "undefined-version": Code(
        "undefined-version:GLIBC_2.38",
        "a library needs a version of glibc, libstdc++, … that the image's does not have",
        "the ELF files' version tables, whatever the tags say",
        "use a newer base, or lock an older version",
    ),
    "unexplained-exception": Code(
        "unexplained-exception:code:subject",
        "`allow` gives no reason",
        "`allow`",
        "say why",
    ),
    "unreadable-elf": Code(
        "unreadable-elf:x/a.so",
        "an ELF file is damaged",
        "ELF headers and tables",
        "use a wheel that was built again",
    ),
    "unsatisfied-requirement": Code(
        "unsatisfied-requirement:name",
        "a distribution requires another version of one that is in the image",
        "`Requires-Dist`, as for `missing-requirement`",
        "lock again, so that one version satisfies all",
    ),
    "unused-exception": Code(
        "unused-exception:code:subject",
        "`allow` names something that was not found",
        "`allow`",
        "remove it from `allow`",
    ),
    "unused-gpu": Code(
        "unused-gpu:nvidia",
        "distributions are of use with a GPU alone, and the image does not say that it runs on one",
        "names of distributions; the attribute `gpu`",
        "add `gpu`, or lock builds for the CPU",
        WARNING,
    ),
    "wrong-machine": Code(
        "wrong-machine:aarch64",
        "programs and libraries are for another machine, or for musl",
        "ELF headers",
        "lock again for this image",
    ),
    "wrong-python": Code(
        "wrong-python:name",
        "a distribution's `Requires-Python` does not fit the base",
        "METADATA, and the version of Debian's package",
        "lock again for this image",
    ),
    "wrong-syntax": Code(
        "wrong-syntax:x/y.py",
        "a module is not valid for the image's Python; a warning where nothing surely imports it",
        "the image's own Python, which compiles every module",
        "use a base with a newer Python",
    ),
    "wrong-tag": Code(
        "wrong-tag:name",
        "no tag of a wheel fits the base",
        "the wheel's file name",
        "lock again for this image",
    ),
}
"""By code, sorted."""
