"""`verify`: is everything that an image needs in it. All that is wrong is said at once."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterator

from distroless_python.common import manifest
from distroless_python.common.errors import Problem, ToolError
from distroless_python.common.files import atomic, write_json

from . import check_files, check_image, check_libraries, check_requirements, remedies, shell_calls
from .debian import SUPPORTED_UNTIL
from .findings import ERROR, WARNING, Finding, judge
from .image import Image, read
from .linking import Linking, link
from .manifests import VerifyManifest
from .page import page
from .report import missing_debs, report


def main(argv: list[str]) -> int:
    job = manifest.read(argv[0], VerifyManifest)
    image = read(job.label, job.profile, job.layers, job.debs)
    linking = link(image, {**image.base.env, **job.env})
    today = _today() if job.output else ""
    # A report says the same on every day. Without a date nobody knows whether an exception for it is needless.
    allow = {name: why for name, why in job.allow.items() if today or not name.startswith("end-of-life:")}
    findings = judge(_check(job, image, linking, today), allow)
    value = report(image, linking, findings)
    if job.report_json:
        write_json(job.report_json, value, pretty=True)
    if job.report_html:
        with atomic(job.report_html) as stream:
            stream.write(page(value).encode())
    if job.output:
        for finding in findings:
            if finding.level == WARNING:
                print(f"warning: {finding.problem(job.label)}", file=sys.stderr)
        fail(image, findings)
        with atomic(job.output):
            pass
    return 0


def fail(image: Image, findings: tuple[Finding, ...]) -> None:
    """Raises ToolError with every error, and with how to add all Debian packages, where it is more than one line."""
    problems = [finding.problem(image.label) for finding in findings if finding.level == ERROR]
    packages = missing_debs(image, findings)
    steps = remedies.for_debs(image, packages) if packages else []
    if len(packages) > 1 or len(steps) > 1:
        what = "a Debian package is" if len(packages) == 1 else f"{len(packages)} Debian packages are"
        problems.append(Problem(image.label, f"{what} missing, see above", "; ".join(steps)))
    if problems:
        raise ToolError(problems)


def _check(job: VerifyManifest, image: Image, linking: Linking, today: str) -> Iterator[Finding]:
    yield from check_libraries.check(image, linking)
    yield from check_requirements.check(image)
    yield from check_files.check(image)
    yield from check_image.entry(image, job.entry, (job.workdir or image.base.workdir, *job.imports))
    end_of_life = job.end_of_life or SUPPORTED_UNTIL.get(image.base.release_name, "")
    yield from check_image.healthcheck(image)
    yield from check_image.support(image, end_of_life, today)
    yield from check_image.layers(image)
    yield from shell_calls.check(image, job.sources)


def _today() -> str:
    """The day by the machine's clock, which no cache's key has in it: an image that is in a cache was verified then."""
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()
