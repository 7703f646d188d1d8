"""What was pushed, for what rolls it out: images by digest, in the forms that GitOps tools read.

https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from distroless_python.errors import Collector, Problem, ToolError

_SINCE = "name the file that an earlier push wrote with --json"


@dataclass(frozen=True)
class PushedImage:
    """An image that was pushed: its target, its repository, its digest, its tags."""

    label: str
    repository: str
    digest: str
    tags: tuple[str, ...] = ()


def _json(images: Sequence[PushedImage]) -> str:
    """write JSON: label to repository, digest and tags"""
    found = {
        image.label: {"repository": image.repository, "digest": image.digest, "tags": list(image.tags)}
        for image in images
    }
    return json.dumps(found, indent=2, sort_keys=True) + "\n"


def _yaml(images: Sequence[PushedImage]) -> str:
    """write YAML: label to repository@digest"""
    return "".join(f"{_text(image.label)}: {_text(f'{image.repository}@{image.digest}')}\n" for image in images)


def _kustomize(images: Sequence[PushedImage]) -> str:
    """write a kustomize component with `images:`"""
    lines = ["apiVersion: kustomize.config.k8s.io/v1alpha1", "kind: Component", "images:"]
    for name, digest in _by_repository(images).items():
        lines += [f"- name: {_text(name)}", f"  digest: {_text(digest)}"]
    return "\n".join(lines) + "\n"


def _helm(images: Sequence[PushedImage]) -> str:
    """write Helm values: `images`, by the repository's path"""
    lines = ["images:"]
    for name, digest in _by_repository(images).items():
        path = name.partition("/")[2]
        lines += [f"  {_text(path)}:", f"    repository: {_text(name)}", f"    digest: {_text(digest)}"]
    return "\n".join(lines) + "\n"


FORMS: dict[str, Callable[[Sequence[PushedImage]], str]] = {
    "json": _json,
    "yaml": _yaml,
    "kustomize": _kustomize,
    "helm": _helm,
}
"""Option of `push-all` to what writes the file; its docstring is the option's help."""


def changed(images: Sequence[PushedImage], path: Path) -> list[PushedImage]:
    """The images that are new, or are others, or go elsewhere than a file says that `--json` wrote.

    Raises:
        ToolError: the file is not such a file.
    """
    try:
        before = json.loads(path.read_bytes())
        known = {label: (str(entry["repository"]), str(entry["digest"])) for label, entry in before.items()}
    except OSError as error:
        raise ToolError(Problem(str(path), f"cannot be read: {error.strerror}", _SINCE, "--since")) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ToolError(Problem(str(path), "is not a file that --json wrote", _SINCE, "--since")) from None
    return [image for image in images if known.get(image.label) != (image.repository, image.digest)]


def _by_repository(images: Sequence[PushedImage]) -> dict[str, str]:
    """Repository to digest.

    Raises:
        ToolError: a repository gets two images, so its name does not say which.
    """
    problems = Collector()
    found: dict[str, PushedImage] = {}
    for image in images:
        other = found.setdefault(image.repository, image)
        if other.digest != image.digest:
            reason = f"{other.label} pushes another image to {image.repository}, so that name means two"
            problems.add(image.label, reason, "give each image a repository, or use --json, which goes by labels")
    problems.raise_if_any()
    return {name: image.digest for name, image in found.items()}


def _text(value: str) -> str:
    """A string of YAML: quoted as in JSON, which is YAML too."""
    return json.dumps(value)
