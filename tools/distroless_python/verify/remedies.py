"""What a finding tells people to do."""

from __future__ import annotations

from collections.abc import Iterable

from distroless_python.debian import slim
from distroless_python.debian.releases import RELEASES
from distroless_python.debian.sonames import package_of, parts_needed
from distroless_python.python.names import normalize_name
from distroless_python.verify import gpu
from distroless_python.verify.codes import ERROR
from distroless_python.verify.contents import ImageLayer, VerifiedImage
from distroless_python.verify.findings import Finding

TWINS = {
    "opencv-python": "opencv-python-headless",
    "opencv-contrib-python": "opencv-contrib-python-headless",
    "psycopg2": "psycopg2-binary",
    "psycopg-c": "psycopg-binary",
    "onnxruntime-gpu": "onnxruntime",
    "tensorflow": "tensorflow-cpu",
    "xgboost": "xgboost-cpu",
}
"""Distributions that need less of the system than another that does the same."""

PROGRAMS = {
    **dict.fromkeys(
        ("cat", "cp", "date", "df", "du", "env", "head", "ls", "mkdir", "mv", "nice", "rm", "sort"), "coreutils"
    ),
    **dict.fromkeys(("tail", "tee", "touch", "true", "uname", "wc"), "coreutils"),
    **dict.fromkeys(("compare", "convert", "identify", "mogrify"), "imagemagick"),
    **dict.fromkeys(("createdb", "pg_dump", "pg_restore", "psql"), "postgresql-client"),
    **dict.fromkeys(("dot", "neato"), "graphviz"),
    **dict.fromkeys(("ffmpeg", "ffprobe"), "ffmpeg"),
    **dict.fromkeys(("free", "kill", "pgrep", "pkill", "ps", "top", "uptime"), "procps"),
    **dict.fromkeys(("msgfmt", "msgmerge", "xgettext"), "gettext"),
    **dict.fromkeys(("mysql", "mysqldump"), "default-mysql-client"),
    **dict.fromkeys(("pdfinfo", "pdftoppm", "pdftotext"), "poppler-utils"),
    **dict.fromkeys(("scp", "ssh", "ssh-keygen"), "openssh-client"),
    **dict.fromkeys(("soffice", "libreoffice"), "libreoffice-nogui"),
    "bash": "bash",
    "chromium": "chromium",
    "curl": "curl",
    "exiftool": "libimage-exiftool-perl",
    "file": "file",
    "git": "git",
    "gpg": "gpg",
    "grep": "grep",
    "gs": "ghostscript",
    "gzip": "gzip",
    "hostname": "hostname",
    "ip": "iproute2",
    "java": "default-jre-headless",
    "less": "less",
    "lp": "cups-client",
    "lsb_release": "lsb-release",
    "lsof": "lsof",
    "node": "nodejs",
    "openssl": "openssl",
    "pandoc": "pandoc",
    "ping": "iputils-ping",
    "redis-cli": "redis-tools",
    "rsync": "rsync",
    "sed": "sed",
    "sh": "dash",
    "sqlite3": "sqlite3",
    "tar": "tar",
    "tesseract": "tesseract-ocr",
    "unzip": "unzip",
    "wget": "wget",
    "wkhtmltopdf": "wkhtmltopdf",
    "xz": "xz-utils",
    "zip": "zip",
}
"""Programs and the Debian package that has each."""


def for_soname(image: VerifiedImage, layer: ImageLayer | None, soname: str) -> str:
    """How to provide a library."""
    vendor = gpu.vendor_of(soname)
    if vendor:
        return f'the container runtime of the GPU brings it: add gpu = "{vendor}" to {image.label}'
    ways = []
    package = package_of(image.base.release.name, soname)
    if package:
        ways.append(for_package(image, package))
    twin = TWINS.get(normalize_name(layer.about.name)) if layer else None
    if layer and twin:
        ways.append(f"require {twin} instead of {layer.about.name}")
    holder = _holder(image, soname)
    if holder and not ways:
        return f"{holder.title} has it, and is not required by what needs it: use versions that belong together"
    if not ways:
        release = image.base.release.name or "the base's release"
        ways.append(f"add the package of {release} that has it to debs (`apt-file search {soname}` names it)")
        ways.append(f'if nothing loads it, add allow = {{"undefined-soname:{soname}": "<why>"}} to {image.label}')
    return "; or ".join(ways)


def keep(image: VerifiedImage, **what: str) -> str:
    """How to have back what a slim base leaves out (for `what` see `slim.keeping`); empty where that is not it."""
    return _keep(image, [slim.keeping(**what)])


def _keep(image: VerifiedImage, parts: Iterable[str]) -> str:
    """How to have back those of some parts that the base leaves out; empty for none."""
    kept = ", ".join(f'"{part}"' for part in parts if part in image.debs.left_out)
    return f"add keep = [{kept}] to the slim distroless.base of {image.debs.lock} in MODULE.bazel" if kept else ""


def for_package(image: VerifiedImage, package: str) -> str:
    """How to add a Debian package, with what it needs of a base."""
    if back := keep(image, package=package):
        return back
    first = " (lock it first)" if unlocked(image, [package]) else ""
    needed = _keep(image, parts_needed(image.base.release.name, [package]))
    return f"{_line(image, [package])}{first}" + (f", and {needed}" if needed else "")


def knows(image: VerifiedImage, soname: str) -> bool:
    """Whether the Debian package that has a library is known."""
    return bool(package_of(image.base.release.name, soname))


def for_library(image: VerifiedImage, layer: ImageLayer, name: str) -> str:
    """How to provide a library that Python code opens by its name."""
    if gpu.vendor_of(name) or knows(image, name):
        return for_soname(image, layer, name).replace("undefined-soname:", "missing-library:")
    release = image.base.release.name or "the base's release"
    return f"add the package of {release} that has it to debs (`apt-file search {name}` names it), and lock it before"


def for_program(image: VerifiedImage, name: str) -> str:
    """How to provide a program that Python code starts."""
    if back := keep(image, program=name.rpartition("/")[2]):
        return back
    allow = f'if nothing starts it in this image, add allow = {{"missing-program:{name}": "<why>"}} to {image.label}'
    package = PROGRAMS.get(name.rpartition("/")[2], "")
    if package:
        return f"{for_package(image, package)}; or {allow}"
    return f"add the Debian package that has it to debs; or {allow}"


def for_debs(image: VerifiedImage, packages: list[str]) -> list[str]:
    """What to do, in this order, for an image that lacks Debian packages."""
    lines = [_line(image, packages)]
    if needed := _keep(image, parts_needed(image.base.release.name, packages)):
        lines.append(needed)
    new = unlocked(image, packages)
    if not new:
        return lines
    command = f"bazel run @rules_distroless_python//tools:lock -- debian --release {image.base.release.name}"
    if image.debs.lock:
        return [f"run {command} --output {image.debs.lock} --also {' '.join(new)}", *lines]
    name = _own_lock(image)
    lock = f"{image.base.release.name}.lock.json"
    declaration = f'distroless.base(name = "{name}", lock = "//:{lock}") and use_repo(distroless, "{name}")'
    return [
        f"run {command} --output {lock} --also {' '.join(new)}",
        f"write {declaration} in MODULE.bazel",
        *lines,
    ]


def unlocked(image: VerifiedImage, packages: list[str]) -> list[str]:
    """The packages that `debs` cannot name yet."""
    return [package for package in packages if package not in image.debs.locked]


def _line(image: VerifiedImage, packages: list[str]) -> str:
    """`add debs = ["libgl1"] to //app:image`, or what an image that has debs already needs."""
    where = "" if image.debs.lock else f"@{_own_lock(image)}//:"
    line = ", ".join(f'"{deb}"' for deb in (*image.debs.asked, *(where + package for package in packages)))
    return f"write debs = [{line}] in {image.label}" if image.debs.asked else f"add debs = [{line}] to {image.label}"


def _own_lock(image: VerifiedImage) -> str:
    """The repository of a lock of added packages, for an image whose base has none."""
    return f"{image.base.release.name}_debs"


def missing_debs(image: VerifiedImage, findings: Iterable[Finding]) -> list[str]:
    """The Debian packages that provide every library that is missing, sorted; those not known here are left out."""
    missing = [finding for finding in findings if finding.level == ERROR]
    sonames = [f.subject for f in missing if f.code in ("undefined-soname", "missing-library")]
    packages = {package_of(image.base.release.name, soname) for soname in sonames}
    packages.update(PROGRAMS.get(f.subject, "") for f in missing if f.code == "missing-program")
    return sorted(package for package in packages - {""} if not keep(image, package=package))


def for_version(image: VerifiedImage, layer: ImageLayer | None, version: str) -> str:
    """How to provide a symbol version such as GLIBC_2.38."""
    name, _, number = version.partition("_")
    what = f"lock an older version of {layer.about.name}" if layer else "use an older one"
    if name != "GLIBC":
        return f"use a base of a newer release, or {what}"
    newer = next((name for name, release in reversed(RELEASES.items()) if _at_least(release.glibc, number)), "")
    base = f"use a base with glibc {number} or newer" + (f" (from {newer} on)" if newer else "")
    return f"{base}, or {what}, built for manylinux_{image.base.glibc.replace('.', '_')} or less"


def for_interpreter(image: VerifiedImage, interpreter: str) -> str:
    """What to do about a program whose interpreter is not in the image."""
    if interpreter == "/usr/bin/env":
        return f"start the script with #!{image.base.python.executable}: the image has no env"
    if interpreter.endswith("\r"):
        return "end the script's first line with a line feed alone: the carriage return counts as part of the name"
    if interpreter.rpartition("/")[2] in ("sh", "bash", "dash"):
        return "the image has no shell: use a wheel without the script, or allow it if it is not run"
    return "use a wheel whose scripts start with #!python, or allow it if it is not run"


def _holder(image: VerifiedImage, soname: str) -> ImageLayer | None:
    return next((library.layer for library in image.libraries() if library.facts.soname == soname), None)


def _at_least(glibc: str, number: str) -> bool:
    def parts(text: str) -> list[int]:
        return [int(part) for part in text.split(".") if part.isdecimal()]

    return parts(glibc) >= parts(number)
