"""What Starlark hands the actions on wheels; those on files on disk have theirs in `tree_manifests`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class WheelLayerManifest:
    """`wheel-layer`: a wheel becomes a layer.

    Attributes:
        wheel: the .whl file, under the name it was published under.
        output: the layer to write, `X.layer.tar.gz`.
        facts: what is known of it, `X.layer.json`.
        elf: what was seen in its files, `X.elf.json`; None for nothing to write.
        profile: the base's profile.json.
        label: the target, for the facts.
        direct: whether the image asks for the distribution by name (REQUESTED).
        interpreter: the base's interpreter directory; None for none.
        fallback: a Python of this machine, used where the base's does not run and the minor is the same; None for none.
        compile: whether to write .pyc files.
        sha256: the wheel's digest in hex; None leaves it unchecked (whoever fetched it did).
    """

    wheel: str
    output: str
    facts: str
    profile: str
    label: str
    direct: bool = False
    interpreter: Optional[str] = None
    fallback: Optional[str] = None
    compile: bool = True
    elf: Optional[str] = None
    sha256: Optional[str] = None


@dataclass(frozen=True)
class UnpackWheelManifest:
    """`unpack-wheel`: a wheel becomes a directory to import from on the developer's machine.

    Attributes:
        wheel: the .whl file, under the name it was published under.
        output: the directory: packages and `.dist-info` at its root, scripts in `bin/`.
        sha256: the wheel's digest in hex; None leaves it unchecked.
    """

    wheel: str
    output: str
    sha256: Optional[str] = None
