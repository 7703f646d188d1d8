"""Reads sources and BUILD files: their digests first, their facts only where no cache has them, on all cores."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Optional

from distroless_python.generate.read.buildfacts import read_build
from distroless_python.generate.read.cache import digest
from distroless_python.generate.read.extract import extract
from distroless_python.generate.starlark.parser import StarlarkSyntaxError
from distroless_python.progress import Progress

_CHUNK = 100
_WORTH_IT = 400
"""Below so many files, starting other processes takes longer than they save."""


def read_digests(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """The digests of files; one that is gone is left out, one that cannot be read has an empty digest."""
    result = {}
    for path in paths:
        try:
            with open(f"{root}/{path}", "rb", buffering=0) as stream:
                result[path] = digest(stream.read())
        except FileNotFoundError:
            continue
        except OSError:
            result[path] = ""
    return result


def extract_sources(root: Path, paths: Sequence[str], progress: Progress) -> Iterator[tuple[str, str, str]]:
    """The facts of sources: path, digest, facts as text; one that is gone is left out."""
    return _spread(_extract_all, [(str(root), path) for path in paths], progress)


def read_texts(texts: Sequence[str], progress: Progress) -> Iterator[tuple[str, int, str]]:
    """The facts of BUILD files as text, in their order; for one that does not parse, the line and the reason."""
    return _spread(_read_all, texts, progress)


def _spread(work: Callable[[Sequence[Any]], list[Any]], items: Sequence[Any], progress: Progress) -> Iterator[Any]:
    """Applies `work` to chunks of the items, in as many processes as there are processors."""
    chunks = [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
    workers = os.cpu_count() or 1
    if len(items) < _WORTH_IT or workers < 2:
        for chunk in chunks:
            found = work(chunk)
            progress.add(len(chunk))
            yield from found
        return
    # Imported late: it takes a while, and most runs read few files.
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(min(workers, len(chunks)), initializer=_prepare) as pool:
        for result, chunk in zip(pool.map(work, chunks), chunks):
            progress.add(len(chunk))
            yield from result


def _prepare() -> None:
    """What `main` does for its own process."""
    gc.disable()
    warnings.simplefilter("ignore")


def _extract_all(items: Sequence[tuple[str, str]]) -> list[tuple[str, str, str]]:
    found = ((path, _read(f"{root}/{path}")) for root, path in items)
    return [(path, digest(content), extract(content, path).to_text()) for path, content in found if content is not None]


def _read(path: str) -> Optional[bytes]:
    try:
        with open(path, "rb", buffering=0) as stream:
            return stream.read()
    except OSError:
        return None


def _read_all(texts: Sequence[str]) -> list[tuple[str, int, str]]:
    result = []
    for text in texts:
        try:
            result.append((read_build(text).to_text(), 0, ""))
        except StarlarkSyntaxError as error:
            result.append(("", error.line, error.reason))
    return result
