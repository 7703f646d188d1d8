"""Images: the `py_image`, `py_load`, `py_push` of each service of a package, and a test where a source is one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from distroless_python.errors import Collector
from distroless_python.generate.decide.plan import IMAGE_TEST_FILE, Plan
from distroless_python.generate.decide.servers import listening_port
from distroless_python.generate.decide.services import Service, ServiceFinder, is_gathering, wants_images
from distroless_python.generate.decide.written import NOTHING, Written, written
from distroless_python.generate.read.buildfacts import Rule
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.targets import IMAGE, LOAD, PUSH, TESTS, Target


@dataclass(frozen=True)
class Image:
    """An image with what loads and pushes it; `stale` ones are to be removed.

    Attributes:
        port: what it listens on, 0 where that is not known.
        environment: variables that its program does not start without, with values that stand for real ones.
        static: the name of what collects a Django site's static files, empty without; `settings`: the site's.
        debs: the Debian packages that its wheels need.
        written: what it writes to.
        test: the source of its test, empty without.
        test_port: what the test's server listens on, 0 where the test runs alone.
    """

    name: str
    load: str
    push: str
    binary: str
    base: str
    tag: str
    repository: str = ""
    console_script: str = ""
    module: str = ""
    args: tuple[str, ...] = ()
    port: int = 0
    environment: tuple[tuple[str, str], ...] = ()
    static: str = ""
    settings: str = ""
    debs: tuple[str, ...] = ()
    written: Written = NOTHING
    test: str = ""
    test_port: int = 0
    stale: bool = False


@dataclass
class ImagePlanner:
    """Decides the images of packages.

    Attributes:
        finder: knows the services.
        module_name: the workspace's name, for an image of its root.
        taken: the paths of packages.
        debs: the Debian packages that an image of a package needs for wheels with some labels.
        exists: whether the workspace has a file of a path.
    """

    finder: ServiceFinder
    module_name: str
    taken: Collection[str]
    problems: Collector
    debs: Callable[[Collection[str], Package], list[str]]
    exists: Callable[[str], bool]

    def plan(self, package: Package, plan: Plan) -> list[Image]:
        """The images of a package; a server's library is added to its targets."""
        if not wants_images(package):
            return []
        services = list(self.finder.services(package, plan))
        names = _Names(package, plan, services)
        images = [self._image(package, service, names) for service in services]
        tested = [self._tested(package, plan, image) for image in images]
        return [*tested, *_stale_images(package, plan, services)]

    def _image(self, package: Package, service: Service, names: _Names) -> Image:
        name, load, push = names.of(service)
        settings = package.settings
        below = package.path[len(settings.repository_package) :].strip("/") if settings.repository else package.path
        root = f"{self.module_name}_root" if self.module_name in self.taken else self.module_name
        parts = [settings.repository, below or ("" if settings.repository else root)]
        repository = "/".join(part for part in parts if part).lower()
        if not names.is_first(service):
            repository += f"/{_short(service)}".lower()
        return Image(
            name=name,
            load=load,
            push=push,
            binary=f":{service.target.name}",
            base=settings.base,
            tag=f"{repository.strip('/') or 'image'}:latest",
            repository=repository if settings.repository else "",
            console_script=service.console_script,
            module=service.module,
            args=service.args,
            port=service.port or listening_port(service.args),
            environment=service.site.environment if service.site else (),
            static=name.removesuffix("image") + "static" if service.site and service.site.static else "",
            settings=service.site.module if service.site else "",
            debs=tuple(self.debs(self._closure(service.target), package)),
            written=self._written(service.target),
        )

    def _written(self, target: Target) -> Written:
        labels = {target.label, *self._closure(target)}
        targets = [t for label, t in self.finder.targets.items() if label in labels]
        modules = sorted({(t.path(s), self.finder.root(t.path(s), t)) for t in targets for s in t.sources})
        return written(modules, self.finder.facts, self.finder.sources, self.exists)

    def _closure(self, target: Target) -> set[str]:
        """The labels of all that a target needs, wheels included."""
        seen: set[str] = set()
        pending = [target]
        while pending:
            fresh = set(pending.pop().deps) - seen
            seen |= fresh
            pending += [self.finder.targets[label] for label in fresh if label in self.finder.targets]
        return seen

    def _tested(self, package: Package, plan: Plan, image: Image) -> Image:
        """An image with its test, `X_test.py` for an image X, which then is not a test of its own."""
        source = f"{image.name}_test.py"
        target = next((t for t in plan.targets if t.rule is None and t.kind in TESTS and t.sources == [source]), None)
        if target is None or not source.endswith(IMAGE_TEST_FILE) or f"{image.name}.py" in package.sources:
            return image
        plan.targets.remove(target)
        facts = self.finder.facts(target.path(source))
        if facts.test_style and not facts.has_main:
            self.problems.add(
                target.path(source),
                "nothing runs its tests: the image starts it as a program, and it has no main",
                'end it with: if __name__ == "__main__": unittest.main(); or rename it, if it does not test the image',
            )
        return replace(image, test=source, test_port=facts.port or image.port)


class _Names:
    """Names of images: those that are there, `image` for the package's only or first service, else the binary's."""

    def __init__(self, package: Package, plan: Plan, services: list[Service]) -> None:
        self._rules = package.build.rules
        self._taken = {r.name for r in package.build.rules} | {t.name for t in plan.targets}
        primary = [service for service in services if service.primary] or (services if len(services) == 1 else [])
        self._primary = primary[0] if primary else None

    def of(self, service: Service) -> tuple[str, str, str]:
        """The names of image, load and push."""
        image = next(
            (r.name for r in self._rules if r.kind == IMAGE and r.text("binary") == f":{service.target.name}"), ""
        )
        plain = self.is_first(service) and not self._taken.intersection({"image", "load", "push"})
        prefix = "" if plain or image == "image" else f"{_short(service)}_"
        name = image or f"{prefix}image"
        return name, self._existing(LOAD, name) or f"{prefix}load", self._existing(PUSH, name) or f"{prefix}push"

    def is_first(self, service: Service) -> bool:
        """Whether it is the service that the package is there for."""
        return service is self._primary

    def _existing(self, kind: str, image: str) -> str:
        return next((r.name for r in self._rules if r.kind == kind and r.text("image") == f":{image}"), "")


def _short(service: Service) -> str:
    return service.target.name.removesuffix("_server").replace("/", "_")


def _rule(package: Package, name: str) -> Rule | None:
    return next((rule for rule in package.build.rules if rule.name == name), None)


def _stale_images(package: Package, plan: Plan, services: list[Service]) -> Iterator[Image]:
    """Images of this package whose binary is gone."""
    alive = {target.name for target in plan.targets} | {rule.name for rule in package.build.rules}
    alive -= {rule.name for rule in plan.stale}
    served = {service.target.name for service in services}
    for rule in package.build.rules:
        binary = rule.text("binary")
        if rule.kind != IMAGE or rule.keep or not binary.startswith(":"):
            continue
        server = _rule(package, binary[1:])
        orphan = server is not None and is_gathering(server)
        if binary[1:] not in alive or (orphan and binary[1:] not in served):
            yield Image(rule.name, "", "", binary, "", "", stale=True)
