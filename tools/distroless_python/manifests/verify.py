"""What Starlark hands the actions that verify images: one dataclass a command."""

from __future__ import annotations

from dataclasses import dataclass

from distroless_python.manifests.image import Entry


@dataclass(frozen=True)
class Debs:
    """Debian packages that an image adds to its base.

    Attributes:
        asked: what the image's `debs` say, as it would be written there.
        locked: packages that the base's lock has for `debs`.
        left_out: parts that its base does without, since it is slim.
        lock: the base's lock, a path in the workspace; empty where the base is from elsewhere.
    """

    asked: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    lock: str = ""
    left_out: tuple[str, ...] = ()


NO_DEBS = Debs()


@dataclass(frozen=True)
class VerifyManifest:
    """What `verify` and `report` look at.

    Attributes:
        label: the image's target, for messages.
        profile: the base's profile.json.
        base: the base's contents.json.
        debs: Debian packages: the image's, and those that could be.
        entry: what the image starts.
        args: its arguments.
        env: environment variables, over the base's.
        gpu: whose container runtime it runs under, `nvidia`; empty for none.
        workdir: absolute; empty for the base's.
        healthcheck: its program and arguments; empty for the base's.
        allow: findings that are not errors here, `code:subject`, and the reason why.
        today: the day that the base's end of life is compared with, YYYY-MM-DD.
        layers: contents.json of the image's own layers. Not what changes with each byte of them, so that what
            verification does not see does not verify again.
        imports: absolute directories in the image for PYTHONPATH.
    """

    label: str
    profile: str
    base: str
    debs: Debs
    entry: Entry
    args: tuple[str, ...]
    env: dict[str, str]
    gpu: str
    workdir: str
    healthcheck: tuple[str, ...]
    allow: dict[str, str]
    today: str
    layers: tuple[str, ...]
    imports: tuple[str, ...]


@dataclass(frozen=True)
class VerdictManifest(VerifyManifest):
    """`verify`: fails where something is wrong with the image.

    Attributes:
        output: an empty file to write if there is no error.
    """

    output: str


@dataclass(frozen=True)
class ReportManifest(VerifyManifest):
    """`report`: tells what is in an image, right or wrong.

    Attributes:
        json: the report for programs, to write.
        html: the report for people, to write.
        facts: layer.json of the layers, in their order.
        digest: a file with the digest of the image's manifest.
        user: `65532`, `uid:gid`, or a name.
        ports: those that it exposes.
        labels: its own.
    """

    json: str
    html: str
    facts: tuple[str, ...]
    digest: str
    user: str
    ports: tuple[str, ...]
    labels: dict[str, str]
