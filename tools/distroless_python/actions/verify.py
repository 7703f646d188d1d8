"""`verify`: fails where an image lacks something. All that is wrong is said at once."""

from __future__ import annotations

import sys

from distroless_python.errors import Problem, ToolError
from distroless_python.files import atomic
from distroless_python.manifests.reading import read_manifest
from distroless_python.manifests.verify import VerdictManifest
from distroless_python.verify.codes import ERROR, WARNING
from distroless_python.verify.examine import examine
from distroless_python.verify.remedies import for_debs, missing_debs


def main(argv: list[str]) -> int:
    manifest = read_manifest(argv[0], VerdictManifest)
    image, _, _, findings = examine(manifest)
    for finding in findings:
        if finding.level == WARNING:
            print(f"warning: {finding.problem(image.label)}", file=sys.stderr)
    problems = [finding.problem(image.label) for finding in findings if finding.level == ERROR]
    packages = missing_debs(image, findings)
    steps = for_debs(image, packages) if packages else []
    if len(packages) > 1 or len(steps) > 1:
        what = "a Debian package is" if len(packages) == 1 else f"{len(packages)} Debian packages are"
        problems.append(Problem(image.label, f"{what} missing, see above", "; ".join(steps)))
    if problems:
        raise ToolError(problems)
    with atomic(manifest.output):
        pass
    return 0
