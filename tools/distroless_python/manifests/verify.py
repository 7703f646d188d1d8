"""What Starlark hands the actions of this package: one dataclass a command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

from distroless_python.manifests.image import Entry
from distroless_python.manifests.tree_layer import SourceFile

_AS_THE_BASE = Entry("none")


@dataclass(frozen=True)
class LayerFacts:
    """What is known of one layer: `facts` is X.layer.json, `elf` X.elf.json (None where nobody looked)."""

    facts: str
    elf: Optional[str] = None


@dataclass(frozen=True)
class Debs:
    """Debian packages that an image adds to its base.

    Attributes:
        asked: what the image's `debs` say, as it would be written there.
        locked: packages that the base's lock has for `debs`.
        lock: the base's lock, a path in the workspace; empty where the base is from elsewhere.
    """

    asked: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    lock: str = ""


NO_DEBS = Debs()


@dataclass(frozen=True)
class VerifyManifest:
    """`verify`: is everything that the image needs in it. Writes what is named; fails only where `output` is.

    Attributes:
        label: the image's target, for messages.
        report: a report.json that this wrote before; then only `output`, `allow` and `end_of_life` count.
        profile: the base's profile.json.
        layers: the image's own layers.
        debs: Debian packages: the image's, and those that could be.
        output: an empty file to write if there is no error; empty for none.
        report_json: the report for programs; empty for none.
        report_html: the report for people; empty for none.
        entry: what the image starts.
        imports: absolute directories in the image for PYTHONPATH.
        env: environment variables, over the base's.
        workdir: absolute; empty for the base's.
        sources: first-party files; the Python ones are looked through for calls that need a shell.
        allow: findings that are not errors here, `code:subject`, and the reason why.
        end_of_life: the last day with updates for the base, YYYY-MM-DD; empty where nobody knows.
    """

    label: str
    report: str = ""
    profile: str = ""
    layers: tuple[LayerFacts, ...] = ()
    debs: Debs = NO_DEBS
    output: str = ""
    report_json: str = ""
    report_html: str = ""
    entry: Entry = _AS_THE_BASE
    imports: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = ""
    sources: tuple[SourceFile, ...] = ()
    allow: dict[str, str] = field(default_factory=dict)
    end_of_life: str = ""
