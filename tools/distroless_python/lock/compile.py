"""Makes a requirements lock with pip-tools, for the Pythons of its environments and not for the running one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.files import atomic
from distroless_python.lock.checkouts import find_checkouts
from distroless_python.lock.environments import Environment
from distroless_python.lock.index import Index
from distroless_python.lock.inputs import places, requirements
from distroless_python.lock.inputs.pins import Pin, Pins
from distroless_python.lock.merge import Origin, merge, read_origin
from distroless_python.lock.sources import (
    PYPROJECT,
    Sources,
    all_files,
    check_python,
    digest,
    group_requirements,
    read_text,
)

_RUNS_AT_ONCE = 4


class Runner(Protocol):
    """Runs pip-compile, or what does the same, for an environment."""

    def __call__(self, environment: Environment, lock: Path, arguments: Sequence[str], directory: Path) -> None:
        """Writes `lock`, keeping its pins where it can; raises ToolError if pip-compile fails."""


@dataclass(frozen=True)
class Request:
    """What to compile.

    Attributes:
        sources: what from.
        output: the lock.
        environments: for these; the first one leads: the others take its versions where they can.
        upgrade: whether every pin may move to a newer version.
        upgrade_packages: the requirements that may move, and have to fit.
        title: what it is called in messages, if not as its file.
    """

    sources: Sources
    output: Path
    environments: tuple[Environment, ...]
    upgrade: bool = False
    upgrade_packages: tuple[str, ...] = ()
    title: str = ""

    @property
    def command(self) -> str:
        """The command that writes the lock, from the lock's own folder."""
        words = [self._relative(path) for path in self.sources.files]
        words += [f"--constraint {self._relative(path)}" for path in self.sources.constraints]
        words += [f"--extra {name}" for name in self.sources.extras] + [f"--group {name}" for name in self.group_labels]
        words += [f"--environment {environment.name}" for environment in self.environments]
        words.append(f"--output {self.output.name}")
        return f"bazel run @rules_distroless_python//tools:lock -- compile {' '.join(words)}"

    @property
    def group_labels(self) -> tuple[str, ...]:
        """Its groups as a user writes them."""
        return tuple(f"{self._relative(group.project)}:{group.name}" for group in self.sources.groups)

    def _relative(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.output.parent)).as_posix()

    def origin(self) -> Origin:
        """What the lock would be made of now."""
        digests = {self._relative(path): digest(path) for path in all_files(self.sources)}
        names = tuple(environment.name for environment in self.environments)
        return Origin(names, digests, self.sources.extras, self.group_labels)


def stale(request: Request) -> list[Problem]:
    """What is wrong with a lock that exists, as far as its files tell; the network is not asked."""
    text = request.output.read_text(encoding="utf-8") if request.output.exists() else ""
    locked, now = read_origin(text), request.origin()
    if locked is None:
        reasons = ["it does not say what it was made of" if text else "there is no such file"]
    else:
        names = sorted({*locked.inputs, *now.inputs})
        reasons = [f"{name} has changed" for name in names if locked.inputs.get(name) != now.inputs.get(name)]
        reasons += [
            f"it was made for the {what} {', '.join(before) or 'none'}, not {', '.join(after) or 'none'}"
            for what, before, after in (
                ("environments", locked.environments, now.environments),
                ("extras", locked.extras, now.extras),
                ("groups", locked.groups, now.groups),
            )
            if before != after
        ]
    return [Problem(str(request.output), reason, f"run {request.command}") for reason in reasons]


def compile_lock(request: Request, run: Runner) -> None:
    """Writes the lock.

    Raises:
        ToolError: the sources have no solution for an environment, or cannot be read; all environments' together.
    """
    check_sources(request)
    origin = request.origin()
    upgrades = _upgrades(request.upgrade_packages)
    existing = () if request.upgrade else _existing(request.output, request.environments)
    leading, *others = _distinct(request.environments)
    options = requirements.read_options(all_files(request.sources))
    with TemporaryDirectory(prefix="distroless-lock.") as scratch:
        groups = _write_groups(request, Path(scratch))

        def compile_one(environment: Environment, decided: Mapping[str, Pin]) -> Pins:
            # Hashes are read anew unless this run has read them: files are added to a release after its first ones.
            known = [replace(pin, hashes=frozenset()) for pin in existing if environment.name in pin.environments]
            preferred = {**{pin.name: pin for pin in known}, **decided}
            print(f"{request.title or request.output}: compiling for {environment.name}", file=sys.stderr)
            wanted = [text for name, text in upgrades.items() if name not in decided]
            lock = Path(scratch, f"{environment.name}.txt")
            lines = [*(f"{option}\n" for option in options), *map(_line, preferred.values())]
            lock.write_text("".join(lines), encoding="utf-8")
            try:
                run(environment, lock, _arguments(request, list(groups), wanted), request.output.parent)
            except ToolError as error:
                if not request.title:
                    raise
                raise ToolError(
                    replace(p, subject=request.title, member=environment.name) for p in error.problems
                ) from None
            return _read(lock, request, environment, groups)

        first = compile_one(leading, {})
        decided = {pin.name: pin for pin in first.pins if not pin.url}
        problems = Collector()
        results = [(leading, first)]
        with ThreadPoolExecutor(_RUNS_AT_ONCE) as pool:
            for environment, future in [(other, pool.submit(compile_one, other, decided)) for other in others]:
                with problems.catching():
                    results.append((environment, future.result()))
        problems.raise_if_any()
    merged = merge([(environment, read.pins) for environment, read in results])
    with atomic(request.output) as stream:
        stream.write((origin.header() + "".join(_places(request, options, results)) + merged).encode())


def check_sources(request: Request) -> None:
    """Checks the sources before anything is resolved.

    Raises:
        ToolError: a project is not for an environment's Python, or a requirement is a checkout.
    """
    problems = Collector()
    files = all_files(request.sources)
    projects = {path if path.suffix == ".toml" else path.with_name(PYPROJECT) for path in files}
    for project in sorted(projects):
        if project.is_file() and not request.title:
            with problems.catching():
                check_python(project, request.environments)
    checkouts = [checkout for path in files for checkout in find_checkouts(path)]
    if checkouts:
        with Index(requirements.read_options(files)) as index:
            for checkout in checkouts:
                with problems.catching():
                    raise ToolError(checkout.problem(index.versions(checkout.name)))
    problems.raise_if_any()


def _places(request: Request, options: Sequence[str], results: Sequence[tuple[Environment, Pins]]) -> Iterable[str]:
    """The lines of a lock that say where files are, as its sources do, and which projects are the workspace's own."""
    folder = request.output.absolute().parent
    for option in options:
        flag, _, path = option.partition("=")
        if flag == "--find-links" and Path(path).is_dir():
            option = f"{flag}={Path(os.path.relpath(path, folder)).as_posix()}"
        yield f"{places.without_login(option)}\n"
    projects = {project.folder for _, pins in results for project in pins.first_party}
    for project in sorted(projects):
        yield f"-e {Path(os.path.relpath(project, folder)).as_posix()}\n"


def _arguments(request: Request, groups: Sequence[Path], upgrades: Sequence[str]) -> list[str]:
    def relative(path: Path) -> str:
        return os.path.relpath(path, request.output.parent)

    return [
        *(f"--constraint={relative(path)}" for path in request.sources.constraints),
        *(f"--extra={extra}" for extra in request.sources.extras),
        *(f"--upgrade-package={text}" for text in upgrades),
        *(relative(path) for path in request.sources.files),
        *map(str, groups),
    ]


def _write_groups(request: Request, scratch: Path) -> dict[Path, str]:
    """A requirements file for each group, with what `# via` is to say instead of its name."""
    files: dict[Path, str] = {}
    problems = Collector()
    for number, (group, label) in enumerate(zip(request.sources.groups, request.group_labels)):
        path = scratch / f"group{number}.in"
        with problems.catching():
            path.write_text(group_requirements(group), encoding="utf-8")
            files[path] = label
    problems.raise_if_any()
    return files


def _read(lock: Path, request: Request, environment: Environment, groups: Mapping[Path, str]) -> Pins:
    """What pip-compile wrote; its markers are those of the sources, and all of them are true here."""
    # An address with the value of a `${TOKEN}` of its source must not come into the lock.
    lock.write_text(places.without_login(read_text(lock)), encoding="utf-8")
    read = requirements.read(lock, [environment], request.output)
    labels = {path.name: label for path, label in groups.items()}
    pins = [
        replace(pin, via=tuple(labels.get(source.rpartition("/")[2], source) for source in pin.via))
        for pin in read.pins
    ]
    return replace(read, pins=tuple(pins))


def _existing(lock: Path, environments: Sequence[Environment]) -> tuple[Pin, ...]:
    """The pins of a lock that is there, if it is one; what is at an address is asked for there again."""
    try:
        pins = requirements.read(lock, environments).pins if lock.exists() else ()
        return tuple(pin for pin in pins if not pin.url)
    except ToolError:
        print(f"{lock}: is not a lock with hashes: its versions are not kept", file=sys.stderr)
        return ()


def _line(pin: Pin) -> str:
    return " ".join([f"{pin.name}=={pin.version}", *(f"--hash=sha256:{digest}" for digest in pin.hashes)]) + "\n"


def _upgrades(packages: Sequence[str]) -> dict[str, str]:
    """Normalised name to requirement."""
    problems = Collector()
    found: dict[str, str] = {}
    for text in packages:
        try:
            found[canonicalize_name(Requirement(text).name)] = text
        except InvalidRequirement as error:
            problems.add(text, str(error).splitlines()[0], "write a name, or a requirement such as django>=5.2")
    problems.raise_if_any()
    return found


def _distinct(environments: Sequence[Environment]) -> list[Environment]:
    """One environment for each set of marker values and wheel tags that matter to pip-compile."""
    distinct = {tuple(environment.markers.values()): environment for environment in reversed(environments)}
    return [environment for environment in environments if environment in distinct.values()]
