"""Findings about distributions: do they fit the base, and is what they require in the image."""

from __future__ import annotations

from collections.abc import Iterator

from distroless_python.python import tags
from distroless_python.python.pep440 import satisfies
from distroless_python.python.pep508 import InvalidRequirement, Requirement, normalise
from distroless_python.verify.contents import Image, Layer
from distroless_python.verify.findings import Finding


def check(image: Image) -> Iterator[Finding]:
    """Everything about the wheels' metadata."""
    requirements, broken = _requirements(image)
    yield from broken
    for layer in image.wheels:
        yield from _fit(image, layer)
    versions = image.distributions()
    environment = marker_environment(image)
    extras = _extras(image, requirements, environment)
    for layer, required in requirements.items():
        for requirement in required:
            if requirement.applies(environment, extras.get(normalise(layer.facts.name), ())):
                yield from _satisfied(layer, requirement, versions)


def marker_environment(image: Image) -> dict[str, str]:
    """The values of PEP 508's variables in the image; what depends on the machine that runs it is empty."""
    return {
        "implementation_name": "cpython",
        "implementation_version": image.base.python_version,
        "os_name": "posix",
        "platform_machine": tags.machine(image.base.target.architecture),
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": image.base.python_version,
        "python_version": image.base.target.version,
        "sys_platform": "linux",
    }


def _requirements(image: Image) -> tuple[dict[Layer, list[Requirement]], list[Finding]]:
    found: dict[Layer, list[Requirement]] = {}
    broken = []
    for layer in image.wheels:
        found[layer] = []
        for text in layer.facts.wheel.requires_dist if layer.facts.wheel else ():
            try:
                found[layer].append(Requirement.parse(text))
            except InvalidRequirement as error:
                remedy = "lock another version of it; pip refuses this one too"
                broken.append(
                    Finding("invalid-requirement", layer.facts.name, str(error), remedy, layer.title, ("METADATA",))
                )
    return found, broken


def _fit(image: Image, layer: Layer) -> Iterator[Finding]:
    wheel = layer.facts.wheel
    remedy = "lock again for this image, or use a base that the wheel is for"
    if wheel and wheel.tags and (reason := tags.misfit(wheel.tags, image.base.target)):
        yield Finding("wrong-tag", layer.facts.name, reason, remedy, layer.title)
    if wheel and wheel.requires_python and not _python_fits(image, wheel.requires_python):
        reason = f"needs Python {wheel.requires_python}, and the base has {image.base.python_version}"
        yield Finding("wrong-python", layer.facts.name, reason, remedy, layer.title)


def _python_fits(image: Image, specifiers: str) -> bool:
    """As pip, which takes a distribution whose Requires-Python is not a specifier for one without."""
    exact = image.base.python_version
    try:
        if exact == image.base.target.version:  # no more is known than the minor version
            return not tags.python_misfit(specifiers, image.base.target)
        return satisfies(exact, specifiers)
    except ValueError:
        return True


def _extras(
    image: Image, requirements: dict[Layer, list[Requirement]], environment: dict[str, str]
) -> dict[str, set[str]]:
    """Which extras of which distribution are asked for by others, through any number of steps."""
    asked: dict[str, set[str]] = {}
    changed = True
    while changed:
        changed = False
        for layer, required in requirements.items():
            own = asked.get(normalise(layer.facts.name), set())
            for requirement in required:
                known = asked.setdefault(requirement.name, set())
                if not known.issuperset(requirement.extras) and requirement.applies(environment, own):
                    known.update(requirement.extras)
                    changed = True
    return asked


def _satisfied(layer: Layer, requirement: Requirement, versions: dict[str, str]) -> Iterator[Finding]:
    wanted = f"{requirement.name}{requirement.specifiers}"
    version = versions.get(requirement.name)
    if version is None:
        yield Finding(
            "missing-requirement",
            requirement.name,
            f"requires {wanted}, which is not in the image",
            f"add {requirement.name} to the requirements and lock again, or to the binary's deps",
            layer.title,
        )
    elif not requirement.admits(version):
        yield Finding(
            "unsatisfied-requirement",
            requirement.name,
            f"requires {wanted}, and the image has {requirement.name} {version}",
            "lock again, so that one version satisfies all",
            layer.title,
        )
