#!/usr/bin/env python3
"""Makes a release: the archive, its integrity, and its entry for a registry of Bazel modules.

    python3 tools/release/release.py --output dist --version 1.2.0 --notes dist/notes.md
    python3 tools/release/release.py --output dist --url file:///somewhere/{file}    # a registry of one's own

The archive has what a user's build loads, and nothing else; the same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import io
import json
import re
import sys
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

NAME = "rules_distroless_python"
ROOT = Path(__file__).resolve().parents[2]
# From this line on, MODULE.bazel is about this repository's own examples and tests.
DEVELOPMENT = "\n# What this repository's examples and tests need.\n"
ROOT_BUILD = 'exports_files(["LICENSE"])\n'
TAKEN = (".bzl", ".py", "/BUILD.bazel", "/wheels.lock.json", "/LICENSE", "/LICENSE.APACHE", "/LICENSE.BSD")
# Below rules/ and tools/, but not needed by a build: what makes the tools' lock, pip's way to install them, and this.
LEFT_OUT = ("tools/pyproject.toml", "tools/requirements_lock.txt", "tools/release/")


class ReleaseError(Exception):
    """Why there can be no release, and what to do."""


def main(argv: Sequence[str] | None = None) -> int:
    """Makes the release that the arguments describe; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", required=True, type=Path, help="folder for the archive and the registry")
    parser.add_argument("--version", help="what MODULE.bazel has to say; a tag's `v` in front is left out")
    parser.add_argument(
        "--url", help="where the archive will be, {file} for its name (default: .bcr/source.template.json)"
    )
    parser.add_argument(
        "--notes", type=Path, help="write this version's section of CHANGELOG.md, which has to be there"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    try:
        release(args.root, args.output, (args.version or "").removeprefix("v"), args.url, args.notes)
    except ReleaseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def release(root: Path, output: Path, wanted: str, url: str | None, notes: Path | None) -> None:
    """Writes NAME-VERSION.tar.gz, registry/ and the notes.

    Raises:
        ReleaseError: versions differ, the changelog has none of it, or a file is not known to belong or not.
    """
    version = module_version(root, wanted)
    if notes:
        notes.parent.mkdir(parents=True, exist_ok=True)
        notes.write_text(changelog(root, version), encoding="utf-8")
    files = dict(contents(root))
    content = archive(files, f"{NAME}-{version}")
    file = f"{NAME}-v{version}.tar.gz"
    output.mkdir(parents=True, exist_ok=True)
    (output / file).write_bytes(content)
    integrity = "sha256-" + base64.b64encode(hashlib.sha256(content).digest()).decode()
    template = json.loads((root / ".bcr/source.template.json").read_text())
    source = {
        "integrity": integrity,
        "strip_prefix": f"{NAME}-{version}",
        "url": url.format(file=file) if url else address(root, template["url"], version),
    }
    entry = output / "registry/modules" / NAME
    (entry / version).mkdir(parents=True, exist_ok=True)
    metadata = json.loads((root / ".bcr/metadata.template.json").read_text())
    write_json(output / "registry/bazel_registry.json", {})
    write_json(entry / "metadata.json", {**metadata, "versions": [version]})
    write_json(entry / version / "source.json", source)
    (entry / version / "MODULE.bazel").write_bytes(files["MODULE.bazel"])
    (entry / version / "presubmit.yml").write_bytes((root / ".bcr/presubmit.yml").read_bytes())
    print(f"{output / file}: {len(content)} bytes, {len(files)} files, {integrity}")


def module_version(root: Path, wanted: str) -> str:
    """The version that MODULE.bazel and the Python package agree on."""
    places = {"MODULE.bazel": r'^    version = "([^"]+)"', "tools/pyproject.toml": r'^version = "([^"]+)"'}
    found = {}
    for place, pattern in places.items():
        match = re.search(pattern, (root / place).read_text(), re.MULTILINE)
        found[place] = match[1] if match else "none"
    version = wanted or found["MODULE.bazel"]
    for place, other in found.items():
        if other != version:
            raise ReleaseError(f"{place} has version {other}, not {version}: change it in the commit that is tagged")
    if not re.fullmatch(r"\d+\.\d+\.\d+(-rc\d+)?", version):
        raise ReleaseError(f"{version} is not MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH-rcN: change it in MODULE.bazel")
    return version


def changelog(root: Path, version: str) -> str:
    """The section of a version in CHANGELOG.md."""
    sections = re.split(r"^## ", (root / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for section in sections:
        title, _, text = section.partition("\n")
        if title.split()[:1] == [version]:
            return text.strip() + "\n"
    raise ReleaseError(f"CHANGELOG.md has no section of {version}: write `## {version}` in place of `## Unreleased`")


def address(root: Path, template: str, version: str) -> str:
    """The archive's address as the registry's template has it."""
    repository = json.loads((root / ".bcr/metadata.template.json").read_text())["repository"][0]
    owner, repo = repository.removeprefix("github:").split("/")
    return template.format(OWNER=owner, REPO=repo, TAG=f"v{version}", VERSION=version)


def contents(root: Path) -> Iterator[tuple[str, bytes]]:
    """What is in the archive: path and content."""
    module, mark, _ = (root / "MODULE.bazel").read_text().partition(DEVELOPMENT)
    if not mark:
        raise ReleaseError(
            f"MODULE.bazel has no line `{DEVELOPMENT.strip()}`: write it where the development part begins"
        )
    yield "BUILD.bazel", ROOT_BUILD.encode()
    yield "LICENSE", (root / "LICENSE").read_bytes()
    yield "MODULE.bazel", module.encode()
    unknown = []
    for path in sorted(path for folder in ("rules", "tools") for path in (root / folder).rglob("*") if path.is_file()):
        name = path.relative_to(root).as_posix()
        if "__pycache__" in name or name.startswith(LEFT_OUT):
            continue
        if not f"/{name}".endswith(TAKEN):
            unknown.append(name)
            continue
        yield name, path.read_bytes()
    if unknown:
        what = ", ".join(unknown)
        raise ReleaseError(f"{what}: add to TAKEN or LEFT_OUT of tools/release/release.py whether users need it")


def archive(files: dict[str, bytes], prefix: str) -> bytes:
    """A tar.gz of files, the same bytes for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content in sorted(files.items()):
            info = tarfile.TarInfo(f"{prefix}/{name}")
            info.size, info.mode = len(content), 0o644
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def write_json(path: Path, value: object) -> None:
    """Writes JSON as registries have it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=4) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
