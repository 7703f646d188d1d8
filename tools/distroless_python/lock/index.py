"""The machine's package index, asked the way pip asks it.

pip's own configuration says where files come from (index, find-links, proxies, certificates, netrc, keyring), so no
host stands here. pip has no public API for this; pip-tools' repository class is the kept way to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from tempfile import TemporaryDirectory, TemporaryFile
from types import TracebackType
from typing import IO, Any

from packaging.specifiers import SpecifierSet
from pip._internal.exceptions import PipError
from pip._internal.models.link import Link
from pip._internal.network.lazy_wheel import HTTPRangeRequestUnsupported, LazyZipOverHTTP
from pip._vendor.requests.exceptions import RequestException
from piptools.repositories.pypi import PyPIRepository, open_local_or_remote_file

from distroless_python.errors import Problem, ToolError
from distroless_python.lock.choose import Candidate
from distroless_python.lock.sdists.facts import read as read_sdist
from distroless_python.lock.wheel import WheelFacts
from distroless_python.lock.wheel import read as read_wheel

# Large enough that the central directory of a large wheel comes in one or two requests.
_RANGE = 1 << 17
_REMEDY = "check pip's configuration (`python3 -m pip config list`) and the connection"


class Index:
    """The package index of pip's configuration; a context manager, open while it is used.

    Args:
        pip_args: pip's options on top of the configuration, for example `["--no-index"]`.
    """

    def __init__(self, pip_args: Sequence[str] = ()) -> None:
        self._pip_args = list(pip_args)
        self._stack = ExitStack()
        self._links: dict[Candidate, Link] = {}
        self._addresses: dict[Candidate, str] = {}

    def __enter__(self) -> Index:
        folder = self._stack.enter_context(TemporaryDirectory())
        self._repository = PyPIRepository(self._pip_args, cache_dir=folder)
        self._finder = self._repository.command._build_package_finder(
            options=self._repository.options, session=self._repository.session, ignore_requires_python=True
        )
        self._stack.enter_context(self._repository.allow_all_wheels())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def candidates(self, name: str, version: str) -> tuple[Candidate, ...]:
        """The files of a release, by name.

        Raises:
            ToolError: the index cannot be asked.
        """
        release = SpecifierSet(f"=={version}")
        found: set[Candidate] = set()
        try:
            for candidate in self._finder.find_all_candidates(name):
                link = candidate.link
                if not release.contains(str(candidate.version), prereleases=True):
                    continue
                digest = link.hash if link.hash_name == "sha256" and link.hash else self._digest(link)
                file = Candidate(link.filename, digest)
                found.add(file)
                if file not in self._links or link.is_file:  # of two with the same bytes, the one on this machine
                    self._links[file] = link
                if not link.is_file:
                    self._addresses[file] = str(link.url_without_fragment)
        except (PipError, RequestException, OSError) as error:
            raise ToolError(
                Problem(f"{name}=={version}", f"the package index does not answer: {error}", _REMEDY)
            ) from None
        return tuple(sorted(found))

    def facts(self, candidate: Candidate) -> WheelFacts:
        """Reads a file where it is, of a wheel as little as the index allows.

        Raises:
            ToolError: it cannot be read, or is not a wheel or source distribution.
        """
        try:
            with self._stream(candidate) as stream:
                return (read_wheel if candidate.is_wheel else read_sdist)(stream, candidate.name)
        except (PipError, RequestException, OSError) as error:
            raise ToolError(
                Problem(candidate.name, f"cannot be read from the package index: {error}", _REMEDY)
            ) from None

    def url(self, candidate: Candidate) -> str:
        """Where a file is for everyone; empty if it is on this machine only."""
        return self._addresses.get(candidate, "")

    def _digest(self, link: Link) -> str:
        digest = hashlib.sha256()
        with open_local_or_remote_file(link, self._repository.session) as stream:
            for block in iter(lambda: stream.stream.read(1 << 20), b""):
                digest.update(block)
        return digest.hexdigest()

    @contextmanager
    def _stream(self, candidate: Candidate) -> Iterator[IO[bytes]]:
        link, session = self._links[candidate], self._repository.session
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
