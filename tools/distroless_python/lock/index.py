"""The machine's package index, asked the way pip asks it.

pip's own configuration says where files come from (index, find-links, proxies, certificates, netrc, keyring), so no
host stands here. What an input names besides (`--extra-index-url`, an index of uv.lock) is asked only for what the
machine's configuration does not have. pip has no public API for this; pip-tools' repository class is the kept way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from tempfile import TemporaryDirectory, TemporaryFile
from threading import Lock
from types import TracebackType
from typing import IO, Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version
from pip._internal.exceptions import PipError
from pip._internal.index.package_finder import PackageFinder
from pip._internal.models.link import Link
from pip._internal.network.lazy_wheel import HTTPRangeRequestUnsupported, LazyZipOverHTTP
from pip._internal.network.session import PipSession
from pip._vendor.requests.exceptions import RequestException
from piptools.repositories.pypi import PyPIRepository, open_local_or_remote_file

from distroless_python.errors import Problem, ToolError
from distroless_python.lock.choose import Candidate
from distroless_python.lock.inputs.pins import Pin
from distroless_python.lock.inputs.places import expand, without_login
from distroless_python.lock.sdists.facts import read as read_sdist
from distroless_python.lock.wheel import WheelFacts
from distroless_python.lock.wheel import read as read_wheel

# Large enough that the central directory of a large wheel comes in one or two requests.
_RANGE = 1 << 17
_REMEDY = (
    "check pip's configuration (`python3 -m pip config list`) and the connection; for an index with a login, "
    "~/.netrc or pip's keyring-provider"
)


@dataclass(frozen=True)
class _Place:
    """One configuration of pip: what it finds, and how it asks."""

    finder: PackageFinder
    session: PipSession


@dataclass(frozen=True)
class _Found:
    """Where a file is, and what its index says of it."""

    link: Link
    session: PipSession
    elsewhere: bool
    yanked: str | None


class Index:
    """The package index of pip's configuration; a context manager, open while it is used.

    Args:
        options: pip's options that an input has on top of the configuration, for example `["--no-index"]`.
    """

    def __init__(self, options: Sequence[str] = ()) -> None:
        self._options = tuple(options)
        self._stack = ExitStack()
        self._lock = Lock()
        self._places: dict[tuple[str, ...], _Place] = {}
        self._found: dict[Candidate, _Found] = {}
        self._addresses: dict[Candidate, str] = {}

    def __enter__(self) -> Index:
        self._folder = self._stack.enter_context(TemporaryDirectory())
        repository = self._repository(())
        self._stack.enter_context(repository.allow_all_wheels())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def candidates(self, pin: Pin) -> tuple[Candidate, ...]:
        """The files of a release, by name: those on the machine's index, then those where the input says.

        Raises:
            ToolError: the index cannot be asked.
        """
        if pin.url:
            return (self._at_address(pin),)
        options = (
            (f"--index-url={expand(pin.index)}", "--retries=1") if pin.index else tuple(map(expand, self._options))
        )
        found = self._ask((), pin)
        if options and pin.hashes - {file.sha256 for file in found}:
            found |= self._ask(options, pin)
        return tuple(sorted(found))

    def versions(self, name: str) -> tuple[Version, ...]:
        """The released versions of a distribution, oldest first; none where the index does not answer."""
        try:
            finder = self._place(tuple(map(expand, self._options))).finder
            found = {str(candidate.version) for candidate in finder.find_all_candidates(name)}
        except (PipError, RequestException, OSError):
            return ()
        return tuple(sorted(map(Version, found)))

    def facts(self, candidate: Candidate) -> WheelFacts:
        """Reads a file where it is, of a wheel as little as the index allows.

        Raises:
            ToolError: it cannot be read, or is not a wheel or source distribution.
        """
        try:
            with self._stream(candidate) as stream:
                return (read_wheel if candidate.is_wheel else read_sdist)(stream, candidate.name)
        except (PipError, RequestException, OSError) as error:
            reason = f"cannot be read from the package index: {without_login(str(error))}"
            raise ToolError(Problem(candidate.name, reason, _REMEDY)) from None

    def url(self, candidate: Candidate) -> str:
        """Where a file is for everyone, without a login; empty if it is on this machine only."""
        return self._addresses.get(candidate, "")

    def elsewhere(self, candidate: Candidate) -> bool:
        """Whether pip's configuration does not lead to a file, but only what the input says."""
        return self._found[candidate].elsewhere

    def yanked(self, candidate: Candidate) -> str | None:
        """Why a file was withdrawn, empty if its index does not say; None if it was not."""
        return self._found[candidate].yanked if candidate in self._found else None

    def _place(self, options: tuple[str, ...]) -> _Place:
        with self._lock:
            if options not in self._places:
                repository = self._repository(options)
                finder = repository.command._build_package_finder(
                    options=repository.options, session=repository.session, ignore_requires_python=True
                )
                self._places[options] = _Place(finder, repository.session)
            return self._places[options]

    def _repository(self, options: Sequence[str]) -> PyPIRepository:
        # A login that is missing is an error, not a question in the middle of other output.
        return PyPIRepository(["--no-input", *options], cache_dir=self._folder)

    def _ask(self, options: tuple[str, ...], pin: Pin) -> set[Candidate]:
        """The files of a release in one configuration of pip."""
        release = SpecifierSet(f"=={pin.version}")
        found: set[Candidate] = set()
        try:
            place = self._place(options)
            for candidate in place.finder.find_all_candidates(pin.name):
                link = candidate.link
                if not release.contains(str(candidate.version), prereleases=True):
                    continue
                digest = link.hash if link.hash_name == "sha256" and link.hash else self._digest(link, place)
                file = Candidate(link.filename, digest)
                found.add(file)
                self._note(file, _Found(link, place.session, bool(options), link.yanked_reason))
        except (PipError, RequestException, OSError) as error:
            reason = f"the package index does not answer: {without_login(str(error))}"
            raise ToolError(Problem(f"{pin.name}=={pin.version}", reason, _REMEDY)) from None
        return found

    def _at_address(self, pin: Pin) -> Candidate:
        link = Link(expand(pin.url))
        (digest, *_) = sorted(pin.hashes)
        file = Candidate(link.filename, digest)
        self._note(file, _Found(link, self._place(()).session, True, None))
        return file

    def _note(self, file: Candidate, found: _Found) -> None:
        known = self._found.get(file)
        nearer = known and found.link.is_file and not known.link.is_file and not found.elsewhere
        if known is None or nearer:  # of two with the same bytes, the one on this machine
            self._found[file] = found
        if not found.link.is_file:
            self._addresses[file] = without_login(str(found.link.url_without_fragment))

    def _digest(self, link: Link, place: _Place) -> str:
        digest = hashlib.sha256()
        with open_local_or_remote_file(link, place.session) as stream:
            for block in iter(lambda: stream.stream.read(1 << 20), b""):
                digest.update(block)
        return digest.hexdigest()

    @contextmanager
    def _stream(self, candidate: Candidate) -> Iterator[IO[bytes]]:
        link, session = self._found[candidate].link, self._found[candidate].session
        if candidate.is_wheel and not link.is_file:
            with suppress(HTTPRangeRequestUnsupported):
                lazy: Any = LazyZipOverHTTP(link.url_without_fragment, session, chunk_size=_RANGE)
                with lazy:
                    yield lazy
                return
        with TemporaryFile() as whole, open_local_or_remote_file(link, session) as remote:
            digest = hashlib.sha256()
            for block in iter(lambda: remote.stream.read(1 << 20), b""):
                whole.write(block)
                digest.update(block)
            if digest.hexdigest() != candidate.sha256:
                raise OSError(f"its SHA-256 is {digest.hexdigest()}, not {candidate.sha256}")
            whole.seek(0)
            yield whole
