"""Directives of a BUILD file change the settings of its package and of those below."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

from distroless_python.errors import Collector
from distroless_python.generate.nearest import nearest
from distroless_python.generate.read.buildfacts import Directive
from distroless_python.generate.read.globs import translate
from distroless_python.generate.read.settings import MappedKind, Settings
from distroless_python.generate.read.targets import full_label

_TRUE = {"1", "t", "T", "TRUE", "true", "True"}
_FALSE = {"0", "f", "F", "FALSE", "false", "False"}
_MODES = ("file", "package", "project")
# Directives of other languages and of Gazelle itself that have nothing to say about Python's targets.
_ELSEWHERE = re.compile(
    r"(go_|proto|java_|js_|ts_|cc_|rust_|kt_|scala_|swift_|bzl|starlark|default_visibility$|build_tags$|prefix$|repo$"
    r"|repository_macro$|importmap_prefix$|lang$|follow$|wildcard_|generation_mode_|kt|haskell_|zig_)"
)


class _Bad(Exception):
    """A value that the directive does not take: the reason and the remedy."""


def apply_directives(
    settings: Settings, package: str, directives: tuple[Directive, ...], path: str, problems: Collector
) -> Settings:
    """The settings of a package, from those of the folder above and its own directives.

    Args:
        settings: those of the folder above, already without what is not inherited.
        package: the package's path.
        directives: those of its BUILD file.
        path: the BUILD file, for messages.
    """
    for directive in directives:
        name = f"{directive.prefix}:{directive.key}"
        handler = _HANDLERS.get(name)
        if handler is None:
            if directive.prefix == "distroless" or not _ELSEWHERE.match(directive.key):
                known = [key.partition(":")[2] for key in _HANDLERS if key.startswith(directive.prefix)]
                problems.add(
                    path,
                    f"no directive is called {name!r}",
                    f"write one of the nearest: {', '.join(nearest(directive.key, known))}, or remove it",
                    f"line {directive.line}",
                )
            continue
        try:
            settings = dataclasses.replace(
                settings, _cache={}, _digest=[], **handler(settings, package, directive.value)
            )
        except _Bad as error:
            reason, remedy = error.args
            problems.add(path, f"{f'# {name} {directive.value}'.strip()}: {reason}", remedy, f"line {directive.line}")
    return settings


_Change = dict[str, Any]
_Handler = Callable[[Settings, str, str], _Change]


def _flag(field: str) -> _Handler:
    def handler(_: Settings, __: str, value: str) -> _Change:
        if value not in _TRUE | _FALSE:
            raise _Bad(f"{value!r} is neither true nor false", "write true or false")
        return {field: value in _TRUE}

    return handler


def _choice(field: str, choices: tuple[str, ...]) -> _Handler:
    def handler(_: Settings, __: str, value: str) -> _Change:
        if value not in choices:
            raise _Bad(f"{value!r} is not one of its values", f"write one of: {', '.join(choices)}")
        return {field: value}

    return handler


def _text(field: str) -> _Handler:
    def handler(_: Settings, __: str, value: str) -> _Change:
        if not value:
            raise _Bad("a value is missing", "write one after the directive")
        return {field: value}

    return handler


def _naming(field: str, placeholder: str = "$package_name$") -> _Handler:
    def handler(_: Settings, __: str, value: str) -> _Change:
        if not value:
            raise _Bad("a value is missing", f"write a name, with {placeholder} where the package's own goes")
        return {field: value}

    return handler


def _more(field: str) -> _Handler:
    """Adds the values between commas to a set."""

    def handler(settings: Settings, _: str, value: str) -> _Change:
        return {field: getattr(settings, field) | {part.strip() for part in value.split(",") if part.strip()}}

    return handler


def _enabled(_: Settings, __: str, value: str) -> _Change:
    if value not in ("enabled", "disabled"):
        raise _Bad(f"{value!r} is not one of its values", "write enabled or disabled")
    return {"enabled": value == "enabled"}


def _python_root(_: Settings, package: str, __: str) -> _Change:
    return {"python_root": package, "default_visibility": (f"//{package}:__subpackages__",)}


def _default_visibility(settings: Settings, _: str, value: str) -> _Change:
    if value == "NONE":
        return {"default_visibility": ()}
    if value == "DEFAULT":
        return {"default_visibility": (f"//{settings.python_root or ''}:__subpackages__",)}
    return {"default_visibility": tuple(_rooted(settings, value).split(","))}


def _visibility(settings: Settings, _: str, value: str) -> _Change:
    return {"visibility": (*settings.visibility, *_rooted(settings, value).split(","))}


def _rooted(settings: Settings, value: str) -> str:
    if not value:
        raise _Bad("a label is missing", "write one after the directive")
    return value.replace("$python_root$", settings.python_root or "").replace("///", "//")


def _patterns(field: str) -> _Handler:
    def handler(_: Settings, __: str, value: str) -> _Change:
        patterns = tuple(part.strip() for part in value.split(",") if part.strip())
        if not patterns:
            raise _Bad("a pattern is missing", "write patterns of file names with commas between them")
        for pattern in patterns:
            _check_pattern(pattern)
        return {field: patterns}

    return handler


def _check_pattern(pattern: str) -> None:
    try:
        translate(pattern)
    except re.error as error:
        raise _Bad(f"{pattern!r} is not a valid pattern: {error}", "write it with * and ?") from None


def _exclude(settings: Settings, package: str, value: str) -> _Change:
    if not value:
        raise _Bad("a pattern is missing", "write a path below this folder, ** for any folders")
    _check_pattern(value)
    path = f"{package}/{value.strip('/')}" if package else value.strip("/")
    return {"excluded": (*settings.excluded, path)}


def _resolve(field: str) -> _Handler:
    def handler(settings: Settings, package: str, value: str) -> _Change:
        parts = value.split()
        if len(parts) == 4 and parts[0] == "py" and parts[1] == "py":
            parts = parts[1:]
        if len(parts) >= 3 and parts[0] != "py":
            return {}
        if len(parts) != 3:
            raise _Bad("three words are needed", "write: py MODULE LABEL")
        if field == "resolve_regexp":
            try:
                re.compile(parts[1])
            except re.error as error:
                raise _Bad(f"{parts[1]!r} is not a valid regular expression: {error}", "correct it") from None
        if not parts[2].startswith(("//", "@", ":")):
            raise _Bad(
                f"{parts[2]!r} is not a valid label", "write //package:target, :target or @repository//package:target"
            )
        return {field: (*getattr(settings, field), (parts[1], full_label(parts[2], package)))}

    return handler


def _map_kind(settings: Settings, _: str, value: str) -> _Change:
    parts = value.split()
    if len(parts) != 3:
        raise _Bad("three words are needed", "write: KIND NEW_KIND FILE_TO_LOAD_IT_FROM")
    return {"kinds": (*settings.kinds, (parts[0], MappedKind(parts[1], parts[2])))}


def _alias_kind(settings: Settings, _: str, value: str) -> _Change:
    parts = value.split()
    if len(parts) != 2:
        raise _Bad("two words are needed", "write: MACRO KIND")
    return {"aliases": (*settings.aliases, (parts[0], parts[1]))}


def _build_names(_: Settings, __: str, value: str) -> _Change:
    names = tuple(part.strip() for part in value.split(",") if part.strip())
    if not names or any(name not in ("BUILD", "BUILD.bazel") for name in names):
        raise _Bad("Bazel knows two names of BUILD files", "write BUILD.bazel, BUILD or both with a comma")
    return {"build_names": names}


def _generation_mode(_: Settings, __: str, value: str) -> _Change:
    if value not in ("create_and_update", "update_only"):
        raise _Bad(f"{value!r} is not one of its values", "write create_and_update or update_only")
    return {"update_only": value == "update_only"}


def _normalization(_: Settings, __: str, value: str) -> _Change:
    choice = _choice("label_normalization", ("snake_case", "none", "pep503"))
    return choice(Settings(), "", value.lower())


def _base(_: Settings, __: str, value: str) -> _Change:
    if value and not value.startswith(("@", "//", ":")):
        raise _Bad(f"{value!r} is not a valid label", "write the base's label, for example @python3_debian13")
    return {"base": value}


def _images(_: Settings, __: str, value: str) -> _Change:
    if value not in ("on", "off"):
        raise _Bad(f"{value!r} is not one of its values", "write on or off")
    return {"images": value == "on"}


def _repository(_: Settings, package: str, value: str) -> _Change:
    if not value or ":" in value.rpartition("/")[2] or "//" in value:
        raise _Bad("no repository", "write it without scheme and tag, for example registry.example.com/team")
    return {"repository": value.strip("/"), "repository_package": package}


def _nothing(_: Settings, __: str, ___: str) -> _Change:
    return {}


_HANDLERS: dict[str, _Handler] = {
    "gazelle:python_extension": _enabled,
    "gazelle:python_root": _python_root,
    "gazelle:python_manifest_file_name": _text("manifest_name"),
    "gazelle:python_ignore_files": _more("ignored_files"),
    "gazelle:python_ignore_dependencies": _more("ignored_imports"),
    "gazelle:python_validate_import_statements": _flag("validate"),
    "gazelle:python_generation_mode": _choice("mode", _MODES),
    "gazelle:python_generation_mode_per_file_include_init": _flag("include_init"),
    "gazelle:python_generation_mode_per_package_require_test_entry_point": _flag("require_test_entry_point"),
    "gazelle:python_library_naming_convention": _naming("library_name"),
    "gazelle:python_binary_naming_convention": _naming("binary_name"),
    "gazelle:python_test_naming_convention": _naming("test_name"),
    "gazelle:python_proto_naming_convention": _nothing,
    "gazelle:python_default_visibility": _default_visibility,
    "gazelle:python_visibility": _visibility,
    "gazelle:python_test_file_pattern": _patterns("test_patterns"),
    "gazelle:python_label_convention": _text("label_convention"),
    "gazelle:python_label_normalization": _normalization,
    "gazelle:python_experimental_allow_relative_imports": _nothing,
    "gazelle:python_generate_pyi_deps": _flag("pyi_deps"),
    "gazelle:python_generate_pyi_srcs": _flag("pyi_srcs"),
    "gazelle:python_generate_proto": _nothing,
    "gazelle:python_resolve_sibling_imports": _flag("siblings_first"),
    "gazelle:python_include_ancestor_conftest": _flag("ancestor_conftest"),
    "gazelle:resolve": _resolve("resolve"),
    "gazelle:resolve_regexp": _resolve("resolve_regexp"),
    "gazelle:map_kind": _map_kind,
    "gazelle:alias_kind": _alias_kind,
    "gazelle:build_file_name": _build_names,
    "gazelle:exclude": _exclude,
    "gazelle:ignore": lambda _, __, ___: {"left_alone": True},
    "gazelle:generation_mode": _generation_mode,
    "distroless:base": _base,
    "distroless:image": _images,
    "distroless:repository": _repository,
    "distroless:server": _choice("server", ("gunicorn", "waitress", "uvicorn", "hypercorn", "daphne", "granian")),
    "distroless:hub": _text("hub"),
    "distroless:data": _patterns("data"),
    "distroless:test_runner": _choice("test_runner", ("auto", "pytest", "unittest", "none")),
}
