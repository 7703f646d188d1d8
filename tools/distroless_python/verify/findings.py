"""What verification finds, and which of it is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from distroless_python.errors import Problem
from distroless_python.verify.codes import ALLOWED, CODES, ERROR, WARNING


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with an image.

    Attributes:
        code: what kind of thing, such as `undefined-soname`.
        subject: what it is about, such as `libGL.so.1`; with the code it is the name to allow it by.
        reason: a sentence that goes on from the file: `needs libGL.so.1, which nothing in the image provides`.
        remedy: what to write or do instead.
        package: the distribution or Debian package with its version; empty where it is the image itself.
        files: where it shows; the first ones where they are many.
        level: `error`, `warning`, or `allowed`; by default the code's.
        allowed: why it is allowed.
    """

    code: str
    subject: str
    reason: str
    remedy: str
    package: str = ""
    files: tuple[str, ...] = ()
    level: str = ""
    allowed: str = ""

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"{self.code!r} is not in the table of codes")
        if not self.level:
            object.__setattr__(self, "level", CODES[self.code].level)

    @property
    def name(self) -> str:
        return f"{self.code}:{self.subject}"

    def problem(self, label: str) -> Problem:
        """The finding as a message about the image `label`."""
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        member = ": ".join(filter(None, (self.package, f"{self.files[0]}{more}" if self.files else "")))
        return Problem(label, f"{self.reason} [{self.name}]", self.remedy, member)

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, **{key: value for key, value in vars(self).items() if value}}


def judge(findings: Iterable[Finding], allow: Mapping[str, str]) -> tuple[Finding, ...]:
    """Applies exceptions (a finding's name, and the reason why it is allowed); one that allows nothing is an error."""
    found = sorted(set(findings), key=lambda finding: (finding.name, finding.package, finding.files))
    names = {finding.name for finding in found}
    judged = [
        replace(finding, level=ALLOWED, allowed=allow[finding.name]) if finding.name in allow else finding
        for finding in found
    ]
    for name, why in sorted(allow.items()):
        if name not in names:
            reason = f"allow has {name!r}, but no finding has that name"
            judged.append(Finding("unused-exception", name, reason, "remove it from allow"))
        if not why.strip():
            judged.append(Finding("unexplained-exception", name, f"allow gives no reason for {name!r}", "say why"))
    return ordered(judged)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then warnings, then what is allowed."""
    order = {ERROR: 0, WARNING: 1, ALLOWED: 2}
    return tuple(sorted(findings, key=lambda finding: (order[finding.level], finding.name, finding.package)))
