"""Findings about distributions: do they fit the base, and is what they require in the image."""

from __future__ import annotations

from collections.abc import Iterator

from distroless_python.layer.scripts import is_reference
from distroless_python.python import tags
from distroless_python.python.names import normalize_name
from distroless_python.python.requirements import InvalidRequirement, Requirement, admits, applies, parse, python_fits
from distroless_python.verify.contents import ImageLayer, VerifiedImage
from distroless_python.verify.findings import Finding


def check(image: VerifiedImage) -> Iterator[Finding]:
    """Everything about the wheels' metadata."""
    requirements, broken = _requirements(image)
    yield from broken
    for layer in image.wheels:
        yield from _fit(image, layer)
        yield from _entry_points(layer)
    versions = image.distributions()
    environment = marker_environment(image)
    extras = _extras(image, requirements, environment)
    for layer, required in requirements.items():
        for requirement in required:
            if applies(requirement, environment, extras.get(normalize_name(layer.about.name), ())):
                yield from _satisfied(layer, requirement, versions)


def marker_environment(image: VerifiedImage) -> dict[str, str]:
    """The values of PEP 508's variables in the image; what depends on the machine that runs it is empty."""
    return {
        "implementation_name": "cpython",
        "implementation_version": image.base.python_version,
        "os_name": "posix",
        "platform_machine": tags.machine(image.base.architecture),
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": image.base.python_version,
        "python_version": image.base.python.version,
        "sys_platform": "linux",
    }


def _requirements(image: VerifiedImage) -> tuple[dict[ImageLayer, list[Requirement]], list[Finding]]:
    found: dict[ImageLayer, list[Requirement]] = {}
    broken = []
    for layer in image.wheels:
        found[layer] = []
        for text in layer.about.wheel.requires_dist if layer.about.wheel else ():
            try:
                found[layer].append(parse(text))
            except InvalidRequirement as error:
                remedy = "lock another version of it; pip refuses this one too"
                broken.append(
                    Finding("invalid-requirement", layer.about.name, str(error), remedy, layer.title, ("METADATA",))
                )
    return found, broken


def _fit(image: VerifiedImage, layer: ImageLayer) -> Iterator[Finding]:
    wheel = layer.about.wheel
    remedy = "lock again for this image, or use a base that the wheel is for"
    if wheel and wheel.tags and (reason := tags.misfit(wheel.tags, image.base.tag_platform)):
        yield Finding("wrong-tag", layer.about.name, reason, remedy, layer.title)
    if wheel and wheel.requires_python and not python_fits(wheel.requires_python, image.base.python_version):
        reason = f"needs Python {wheel.requires_python}, and the base has {image.base.python_version}"
        yield Finding("wrong-python", layer.about.name, reason, remedy, layer.title)


def _entry_points(layer: ImageLayer) -> Iterator[Finding]:
    for name, reference in (layer.about.wheel.entry_points if layer.about.wheel else {}).items():
        if not is_reference(reference):
            reason = f"its entry point {name!r} is {reference!r}, not module:object, so the script is not in the image"
            remedy = "use a wheel that was built again, and lock it; if the script is not run, allow it"
            yield Finding("invalid-entry-point", name, reason, remedy, layer.title, ("entry_points.txt",))


def _extras(
    image: VerifiedImage, requirements: dict[ImageLayer, list[Requirement]], environment: dict[str, str]
) -> dict[str, set[str]]:
    """Which extras of which distribution are asked for by others, through any number of steps."""
    asked: dict[str, set[str]] = {}
    changed = True
    while changed:
        changed = False
        for layer, required in requirements.items():
            own = asked.get(normalize_name(layer.about.name), set())
            for requirement in required:
                known = asked.setdefault(normalize_name(requirement.name), set())
                extras = set(map(normalize_name, requirement.extras))
                if not known.issuperset(extras) and applies(requirement, environment, own):
                    known.update(extras)
                    changed = True
    return asked


def _satisfied(layer: ImageLayer, requirement: Requirement, versions: dict[str, str]) -> Iterator[Finding]:
    name = normalize_name(requirement.name)
    wanted = f"{name}{requirement.specifier}"
    version = versions.get(name)
    if version is None:
        yield Finding(
            "missing-requirement",
            name,
            f"requires {wanted}, which is not in the image",
            f"add {name} to the requirements and lock again, or to the binary's deps",
            layer.title,
        )
    elif not admits(requirement, version):
        yield Finding(
            "unsatisfied-requirement",
            name,
            f"requires {wanted}, and the image has {name} {version}",
            "lock again, so that one version satisfies all",
            layer.title,
        )
