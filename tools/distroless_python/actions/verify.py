"""`verify`: is everything that an image needs in it. All that is wrong is said at once."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from distroless_python.debian.releases import SUPPORTED_UNTIL
from distroless_python.errors import Problem, ToolError
from distroless_python.files import atomic, write_json
from distroless_python.manifests.reading import read_manifest
from distroless_python.manifests.verify import VerifyManifest
from distroless_python.verify.checks import (
    files as check_files,
)
from distroless_python.verify.checks import (
    image as check_image,
)
from distroless_python.verify.checks import (
    libraries as check_libraries,
)
from distroless_python.verify.checks import (
    requirements as check_requirements,
)
from distroless_python.verify.checks import (
    shell_calls,
)
from distroless_python.verify.contents import Image, read
from distroless_python.verify.findings import END_OF_LIFE, ERROR, WARNING, Finding, judge, ordered
from distroless_python.verify.linking import Linking, link
from distroless_python.verify.page import page
from distroless_python.verify.report import report


def main(argv: list[str]) -> int:
    job = read_manifest(argv[0], VerifyManifest)
    value = _read(job.report) if job.report else _look(job)
    if job.output:
        _verdict(job, value)
        with atomic(job.output):
            pass
    return 0


def _look(job: VerifyManifest) -> dict[str, Any]:
    """Looks at the image, and writes the report: the same on every day, so without what the base's age makes of it."""
    image = read(job.label, job.profile, job.layers, job.debs)
    linking = link(image, {**image.base.env, **job.env})
    allow = {name: why for name, why in job.allow.items() if not name.startswith(END_OF_LIFE)}
    value = report(image, linking, judge(_check(job, image, linking), allow))
    if job.report_json:
        write_json(job.report_json, value, pretty=True)
    if job.report_html:
        with atomic(job.report_html) as stream:
            stream.write(page(value).encode())
    return value


def _read(path: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(Path(path).read_bytes())
    return value


def _verdict(job: VerifyManifest, value: dict[str, Any]) -> None:
    """Prints warnings, and raises ToolError with every error of a report and with how to add all Debian packages."""
    release = value["base"]["release"]
    end_of_life = job.end_of_life or SUPPORTED_UNTIL.get(release, "")
    allow = {name: why for name, why in job.allow.items() if name.startswith(END_OF_LIFE)}
    age = judge(check_image.support(job.label, release, end_of_life, _today()), allow)
    findings = ordered([*map(Finding.from_json, value["findings"]), *age])
    for finding in findings:
        if finding.level == WARNING:
            print(f"warning: {finding.problem(job.label)}", file=sys.stderr)
    problems = [finding.problem(job.label) for finding in findings if finding.level == ERROR]
    packages, steps = value["debs"], value["debs_steps"]
    if len(packages) > 1 or len(steps) > 1:
        what = "a Debian package is" if len(packages) == 1 else f"{len(packages)} Debian packages are"
        problems.append(Problem(job.label, f"{what} missing, see above", "; ".join(steps)))
    if problems:
        raise ToolError(problems)


def _check(job: VerifyManifest, image: Image, linking: Linking) -> Iterator[Finding]:
    yield from check_libraries.check(image, linking)
    yield from check_requirements.check(image)
    yield from check_files.check(image)
    yield from check_image.entry(image, job.entry, (job.workdir or image.base.workdir, *job.imports))
    yield from check_image.healthcheck(image)
    yield from check_image.layers(image)
    yield from shell_calls.check(image, job.sources)


def _today() -> str:
    """The day by the machine's clock, which no cache's key has in it: an image that is in a cache was verified then."""
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()
