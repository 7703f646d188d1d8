"""Findings about files: two at one path, and secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from distroless_python.documents.layer_contents import FileFacts
from distroless_python.verify.codes import ERROR, WARNING
from distroless_python.verify.contents import VerifiedImage
from distroless_python.verify.findings import Finding

_REPLACED = "etc/ld.so.cache"  # written anew for an image with more libraries than its base
_FIRST_PARTY = ("app", "files")
_EXAMPLE = re.compile(r".*\.(?:example|sample|template|dist|defaults?|j2|tmpl|py|pyc|pyi)", re.IGNORECASE)
_SECRET = re.compile(
    r"\.env(?:\..+)?|\.netrc|_netrc|\.pypirc|\.npmrc|\.pgpass|\.my\.cnf|\.htpasswd|\.git-credentials|\.vault[-_]token"
    r"|\.dockercfg|id_(?:rsa|dsa|ecdsa|ed25519)|.+\.(?:p12|pfx|jks|keystore|kdbx|ppk)",
    re.IGNORECASE,
)
_SECRET_PATH = re.compile(
    r"(?:.*/)?(?:\.aws/credentials|\.docker/config\.json|\.kube/config|\.ssh/(?!known_hosts)[^/]+)"
)
_BESIDE = re.compile(r"(?:tests?|docs?|examples?|benchmarks?)/")
"""What distributions put beside their packages by mistake; nothing imports it, and pip lets the last one win."""

_GIT = re.compile(r"((?:.*/)?\.(?:git|hg|svn))/.+")


def check(image: VerifiedImage) -> Iterator[Finding]:
    """Everything about paths."""
    yield from _duplicates(image)
    yield from _secrets(image)


def _duplicates(image: VerifiedImage) -> Iterator[Finding]:
    """One finding for each two layers that put different things at one path."""
    placed = dict(image.base_files.by_path)
    owners: list[tuple[str, Mapping[str, FileFacts]]] = [("base", image.base_files.by_path)]
    directories: dict[str, str] = {}
    clashes: dict[tuple[str, str], list[str]] = {}

    def clash(path: str, upper: str) -> None:
        lower = next(title for title, files in reversed(owners) if path in files)
        clashes.setdefault((lower, upper), []).append(image.short(path))

    for layer in image.layers:
        own = layer.files.by_path
        twice = own.keys() & placed.keys() - {_REPLACED}
        different = {path for path in twice if _differ(placed[path], own[path])}
        for path in sorted(different):
            clash(path, layer.title)
        for path in sorted((own.keys() & directories.keys()) - different):
            clashes.setdefault((directories[path], layer.title), []).append(image.short(path))
        for path in sorted(layer.directories & placed.keys()):
            if placed[path].type != "link":
                clash(path, layer.title)
        directories.update(dict.fromkeys(layer.directories - directories.keys(), layer.title))
        placed.update(own)
        owners.append((layer.title, own))
    for (lower, upper), paths in clashes.items():
        yield Finding(
            "duplicate-path",
            "+".join(sorted(title.partition(" ")[0] for title in (lower, upper))),
            f"{lower} and {upper} put different things there",
            "leave one of them out, or lock versions that do not share a path; the upper layer would win",
            upper,
            tuple(sorted(set(paths))),
            WARNING if all(map(_BESIDE.match, paths)) else ERROR,
        )


def _differ(one: FileFacts, other: FileFacts) -> bool:
    """Of files in a base no digest is known: there the size has to do."""
    if "link" in (one.type, other.type):
        return (one.type, one.target) != (other.type, other.target)
    if one.sha256 and other.sha256:
        return one.sha256 != other.sha256
    return one.size != other.size


def _secrets(image: VerifiedImage) -> Iterator[Finding]:
    for layer in image.layers:
        if layer.about.layer not in _FIRST_PARTY:
            continue
        found: dict[str, str] = dict.fromkeys(layer.contents.private_keys, "is a private key")
        for file in layer.contents.files:
            name = file.path.rpartition("/")[2]
            if match := _GIT.fullmatch(file.path):
                found.setdefault(match[1], "is a repository with its history")
            elif (_SECRET.fullmatch(name) and not _EXAMPLE.fullmatch(name)) or _SECRET_PATH.fullmatch(file.path):
                found.setdefault(file.path, "has the name of a file with secrets")
        for path, reason in sorted(found.items()):
            yield Finding(
                "secret-file",
                path,
                f"{reason}, and everybody who has the image can read it",
                "take it out of srcs and data and mount it when the image runs, or allow it if it is not one",
                layer.title,
                (f"/{path}",),
            )
