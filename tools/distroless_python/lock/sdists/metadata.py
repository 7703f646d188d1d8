"""What a source distribution requires, without running it where that can be.

Static is metadata of version 2.2 that does not call its requirements dynamic (PEP 643), the table `[project]`, what
backends write that have nothing to compute, and literals of a setup.py or setup.cfg. Anything else has to run; then
what its authors' machine found when it was released stands in PKG-INFO or requires.txt.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from typing import Any, Optional

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from distroless_python.lock.sdists.project import Project
from distroless_python.lock.sdists.setup_py import UNKNOWN, SetupCall
from distroless_python.lock.sources import parse_toml

LEGACY = "setuptools.build_meta:__legacy__"
# Backends that compute nothing: their PKG-INFO has all, whatever its version.
_DECLARATIVE = ("flit_core.", "flit.", "poetry.", "pdm.pep517", "uv_build", "jupyter_packaging")
_SECTION = re.compile(r"\[(?P<extra>[^:\]]*)(?::(?P<marker>[^\]]*))?\]")


@dataclass(frozen=True)
class Stated:
    """What a project says of itself.

    Attributes:
        version: empty where it says none.
        requires_python: likewise.
        requires: requirements; those of extras have a marker that says so.
        extras: their names.
        certain: whether that is so on every machine; otherwise, it was so on its authors'.
    """

    version: str
    requires_python: str
    requires: tuple[str, ...]
    extras: tuple[str, ...]
    certain: bool

    def metadata(self, name: str) -> str:
        """As a METADATA file."""
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {self.version}"]
        lines += [f"Requires-Python: {self.requires_python}"] if self.requires_python else []
        lines += [f"Requires-Dist: {text}" for text in self.requires]
        lines += [f"Provides-Extra: {extra}" for extra in self.extras]
        return "\n".join([*lines, "", ""])


def read(project: Project) -> Stated:
    """Reads what a project says of itself."""
    information = HeaderParser(policy=compat32).parsestr(project.text("PKG-INFO"))
    released = _of_information(information, certain=False)
    if _is_static(information):
        return _of_information(information, certain=True)
    pyproject = parse_toml(project.text("pyproject.toml"))
    backend = backend_of(pyproject)
    if backend.startswith(_DECLARATIVE) and project.text("PKG-INFO"):
        return _of_information(information, certain=True)
    if not released.requires and not released.extras:
        released = _of_egg_info(project, released)
    table = pyproject.get("project")
    if isinstance(table, dict):
        return _of_project(table, released) or released
    if backend.startswith("setuptools"):
        return _of_setuptools(project, released) or released
    return released


def backend_of(pyproject: Mapping[str, Any]) -> str:
    """The PEP 517 backend of a pyproject.toml."""
    table = pyproject.get("build-system")
    backend = table.get("build-backend") if isinstance(table, dict) else None
    return backend if isinstance(backend, str) else LEGACY


def _of_information(message: Message, certain: bool) -> Stated:
    requires = tuple(" ".join(text.split()) for text in message.get_all("Requires-Dist", []))
    extras = tuple(message.get_all("Provides-Extra", []))
    return Stated(
        message.get("Version", "").strip(), message.get("Requires-Python", "").strip(), requires, extras, certain
    )


def _is_static(message: Message) -> bool:
    try:
        new = Version(message.get("Metadata-Version", "0")) >= Version("2.2")
    except InvalidVersion:
        return False
    dynamic = {value.strip().lower() for value in message.get_all("Dynamic", [])}
    return new and not dynamic & {"requires-dist", "provides-extra", "requires-python"}


def _of_project(table: Mapping[str, Any], released: Stated) -> Optional[Stated]:
    dynamic = set(_texts(table.get("dynamic")) or ())
    requires, optional = _texts(table.get("dependencies", [])), table.get("optional-dependencies", {})
    if dynamic & {"dependencies", "optional-dependencies", "requires-python"} or requires is None:
        return None
    extras = {extra: _texts(texts) for extra, texts in optional.items()} if isinstance(optional, dict) else {"": None}
    return _stated(table.get("version"), table.get("requires-python"), requires, extras, released)


def _of_setuptools(project: Project, released: Stated) -> Optional[Stated]:
    """The literals of setup.cfg and setup.py; None where something is computed."""
    if not (project.text("setup.py") or project.text("setup.cfg")):
        return None
    config = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        config.read_string(project.text("setup.cfg"))
    except configparser.Error:
        return None
    options = dict(config["options"]) if config.has_section("options") else {}
    extras: dict[str, Optional[list[str]]] = {}
    if config.has_section("options.extras_require"):
        extras = {extra: _listed(text) for extra, text in config["options.extras_require"].items()}
    requires: Optional[list[str]] = _listed(options.get("install_requires", ""))
    python: Any = options.get("python_requires")
    version: Any = config.get("metadata", "version", fallback=None)
    if project.text("setup.py"):
        call = SetupCall(project.text("setup.py"))
        if not call.readable or call.has("pbr"):  # pbr computes them
            return None
        requires = _texts(call.value("install_requires")) if call.has("install_requires") else requires
        python = call.value("python_requires") if call.has("python_requires") else python
        version = call.value("version") if call.has("version") else version
        if call.has("extras_require"):
            value = call.value("extras_require")
            extras = (
                {str(extra): _texts(texts) for extra, texts in value.items()} if isinstance(value, dict) else {"": None}
            )
    return _stated(version, python, requires, extras, released)


def _stated(
    version: Any,
    python: Any,
    requires: Optional[list[str]],
    extras: Mapping[str, Optional[list[str]]],
    released: Stated,
) -> Optional[Stated]:
    if requires is None or python is UNKNOWN or any(texts is None for texts in extras.values()):
        return None
    flat = [*requires, *(line for extra, texts in extras.items() for line in _of_extra(texts or (), extra))]
    known = version if isinstance(version, str) and not version.startswith(("attr:", "file:")) else ""
    names = tuple(name for name in (extra.partition(":")[0] for extra in extras) if name)
    return Stated(released.version or known, python or released.requires_python, tuple(flat), names, True)


def _of_extra(texts: Iterable[str], extra: str, marker: str = "") -> list[str]:
    """Requirements with the marker of an extra, which setuptools writes `name:marker`."""
    name, _, more = extra.partition(":")
    conditions = [f"({part})" for part in (marker, more) if part] + ([f'extra == "{name}"'] if name else [])
    lines = []
    for text in texts:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            lines.append(text)  # reported where it is read
            continue
        own, requirement.marker = requirement.marker, None
        every = [*([f"({own})"] if own else []), *conditions]
        lines.append(f"{requirement} ; {' and '.join(every)}" if every else str(requirement))
    return lines


def _of_egg_info(project: Project, released: Stated) -> Stated:
    """What setuptools left in requires.txt: sections `[extra:marker]`."""
    lines: list[str] = []
    extras: dict[str, None] = {}
    extra = marker = ""
    for line in filter(None, (line.strip() for line in project.egg_info("requires.txt").splitlines())):
        match = _SECTION.fullmatch(line)
        if match:
            extra, marker = match["extra"], match["marker"] or ""
            extras.update({extra: None} if extra else {})
        else:
            lines += _of_extra([line], extra, marker)
    return Stated(released.version, released.requires_python, tuple(lines), tuple(extras), False)


def _texts(value: Any) -> Optional[list[str]]:
    """A list of texts, or one with a line each; None if it is anything else."""
    if value is None:
        return []
    if isinstance(value, str):
        return _listed(value)
    fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return list(value) if fits else None


def _listed(text: str) -> Optional[list[str]]:
    if text.strip().startswith(("file:", "attr:")):
        return None
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
