"""What Starlark hands the actions of this package."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Requirement:
    """A wheel that the build needs: a distribution's normalised name, its version, and the file."""

    distribution: str
    version: str
    wheel: str


@dataclass(frozen=True)
class WheelFromSdistManifest:
    """`wheel-from-sdist`: a source distribution becomes a wheel for one image, or, of pure Python, for a machine.

    Attributes:
        sdist: the source distribution, `.tar.gz` or `.zip`.
        sha256: its digest in hex.
        distribution: its normalised name.
        version: its version.
        output: the wheel to write; its name says the tag (`uwsgi-2.0.30-cp313-cp313-linux_x86_64.whl`).
        pure: whether Python alone builds it: without a root, by `interpreter`.
        interpreter: the base's `interpreter/` directory; empty for the Python that runs this.
        label: the target, for messages.
        hub: the wheel hub, `@pypi`, for remedies.
        release: `debian13`; empty for a machine.
        architecture: Debian's and OCI's word: `amd64` or `arm64`.
        python: `3.13`.
        debs: the packages that the root is made of; none where it is pure.
        requires: wheels of `build-system.requires` and all that they require.
        patches: files for `patch -p1`, in order.
        timeout: seconds that the build may take.
        build_debs: what the hub's attribute says, for remedies; likewise `build_requires`.
        builder_lock: path of the builder's lock in the workspace, likewise.
    """

    sdist: str
    sha256: str
    distribution: str
    version: str
    output: str
    label: str
    hub: str
    release: str
    architecture: str
    python: str
    timeout: int
    debs: tuple[str, ...] = ()
    pure: bool = False
    interpreter: str = ""
    requires: tuple[Requirement, ...] = ()
    patches: tuple[str, ...] = ()
    build_debs: tuple[str, ...] = ()
    build_requires: tuple[str, ...] = ()
    builder_lock: str = ""
