"""What to do about modules that are not in an image."""

from __future__ import annotations

import re

from distroless_python.python.names import normalize_name
from distroless_python.python.requirements import requirement_name
from distroless_python.verify.contents import ImageLayer, VerifiedImage
from distroless_python.verify.program import Program, is_first_party
from distroless_python.verify.reach import Missing
from distroless_python.verify.remedies import for_package, keep

_DEBIAN = {
    "_gdbm": "python3-gdbm",
    "_tkinter": "python3-tk",
    "distutils": "python3-distutils",
    "ensurepip": "python{minor}-venv",
    "idlelib": "idle-python{minor}",
    "lib2to3": "python3-lib2to3",
    "tkinter": "python3-tk",
    "turtledemo": "python3-examples",
}
"""Parts of the standard library that Debian has in packages of their own."""

_GONE = {
    "asynchat": "3.12",
    "asyncore": "3.12",
    "distutils": "3.12",
    "imp": "3.12",
    "smtpd": "3.12",
    **dict.fromkeys(("aifc", "audioop", "cgi", "cgitb", "chunk", "crypt", "imghdr", "lib2to3", "mailcap"), "3.13"),
    **dict.fromkeys(("nntplib", "pipes", "sndhdr", "spwd", "telnetlib", "xdrlib"), "3.13"),
}
"""Modules of the standard library, and the version that no longer has them."""

DISTRIBUTIONS = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "distutils": "setuptools",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "environ": "django-environ",
    "fitz": "pymupdf",
    "git": "gitpython",
    "google.protobuf": "protobuf",
    "grpc": "grpcio",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "magic": "python-magic",
    "multipart": "python-multipart",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "pkg_resources": "setuptools<82",
    "psycopg2": "psycopg2-binary",
    "rest_framework": "djangorestframework",
    "serial": "pyserial",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "slugify": "python-slugify",
    "socks": "pysocks",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
"""Modules and the distribution of another name that brings them."""

_EXTRA = re.compile(r";.*\bextra\s*==\s*['\"]([^'\"]+)['\"]")


def for_module(image: VerifiedImage, layer: ImageLayer | None, missing: Missing, program: Program) -> str:
    """How to bring a module that `layer` imports."""
    top = missing.name.partition(".")[0]
    minor = image.base.python.version
    if top in _GONE and _version(minor) >= _version(_GONE[top]):
        how = f"Python {_GONE[top]} and newer have no {top}: "
        if layer and not is_first_party(layer):
            return f"{how}lock a version of {layer.about.name} that does without"
        bring = " (setuptools brings one)" if top == "distutils" else ""
        return f"{how}use what replaces it{bring}, or a base with an older Python"
    if back := keep(image, module=missing.name):
        return back
    if top in _DEBIAN and image.base.release.id == "debian":
        return for_package(image, _DEBIAN[top].format(minor=minor))
    if layer and not is_first_party(layer):
        return _of_distribution(layer, missing.name)
    owner = _owner(program, missing.below)
    if owner:
        return f"add the target that has {missing.name.replace('.', '/')}.py to the deps of what imports it"
    distribution = DISTRIBUTIONS.get(missing.name, DISTRIBUTIONS.get(top, top.replace("_", "-")))
    return (
        f"if it is the project's own, add its target to deps, or its folder to imports; if it is {distribution}'s, "
        f"add {distribution} to the requirements, lock again, and add it to deps"
    )


def _of_distribution(layer: ImageLayer, name: str) -> str:
    """An extra that requires it, or the distribution that has it."""
    top = name.partition(".")[0]
    distribution = DISTRIBUTIONS.get(name, DISTRIBUTIONS.get(top, top))
    wanted = {normalize_name(top), normalize_name(requirement_name(distribution) or top)}
    for text in layer.about.wheel.requires_dist if layer.about.wheel else ():
        extra = _EXTRA.search(text)
        if extra and requirement_name(text) in wanted:
            return f"require {layer.about.name}[{extra[1]}] instead of {layer.about.name}, and lock again"
    return f"add {distribution} to the requirements, lock again, and add it to deps: {layer.about.name} imports it"


def _owner(program: Program, package: str) -> bool:
    """Whether a package is first-party."""
    found = program.reach.modules.find(package) if package else None
    return found is not None and any(map(program.is_first_party_directory, found.directories))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
