"""The image config: the base's, with the environment, command and history of this image.

https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from distroless_python.documents.base_profile import BaseProfile
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Collector
from distroless_python.formats.oci import (
    EPOCH,
    MAX_LAYERS,
    OCI_CONFIG,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    Descriptor,
    describe,
    oci_media_type,
)
from distroless_python.image.healthcheck import check_form, healthcheck
from distroless_python.manifests.image import ImageManifest

BASE_DIGEST = "org.opencontainers.image.base.digest"
"""The annotation that names the base."""

_PORT = re.compile(r"([1-9]\d{0,4})(?:/(tcp|udp|sctp))?")
_USER = re.compile(r"(\d+|[a-z_][a-z0-9_-]*)(:(\d+|[a-z_][a-z0-9_-]*))?")
_GPU_VARIABLES = {
    # https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/docker-specialized.html
    "nvidia": {"NVIDIA_VISIBLE_DEVICES": "all", "NVIDIA_DRIVER_CAPABILITIES": "compute,utility"},
}
_SIGNAL = re.compile(r"SIG[A-Z]+[A-Z0-9+-]*|\d{1,2}")


def check(manifest: ImageManifest) -> None:
    """Checks the values that a user wrote.

    Raises:
        ToolError: with every value that no container engine would take.
    """
    problems = Collector()
    for name in manifest.env:
        if not name or "=" in name or "\0" in name:
            problems.add(manifest.label, f"{name!r} is not a valid environment variable name", "write a name", "env")
    if not _USER.fullmatch(manifest.user):
        reason = f"{manifest.user!r} is not a valid user"
        problems.add(manifest.label, reason, 'write "65532", "nonroot" or "uid:gid"', "user")
    if manifest.workdir and not manifest.workdir.startswith("/"):
        reason = f"{manifest.workdir!r} is not absolute"
        problems.add(manifest.label, reason, f'write "/{manifest.workdir}"', "workdir")
    for port in manifest.exposed_ports:
        match = _PORT.fullmatch(port)
        if not match or int(match[1]) > 65535:
            problems.add(manifest.label, f"{port!r} is not a valid port", 'write "8000" or "8000/udp"', "exposed_ports")
    for volume in manifest.volumes:
        if not volume.startswith("/") or volume.rstrip("/") == "" or ".." in volume.split("/"):
            reason = f"{volume!r} is not an absolute directory below /"
            problems.add(manifest.label, reason, 'write "/data"', "volumes")
    check_form(manifest, problems)
    if manifest.stop_signal and not _SIGNAL.fullmatch(manifest.stop_signal):
        problems.add(manifest.label, f"{manifest.stop_signal!r} is not a valid signal", 'write "SIGINT"', "stop_signal")
    if not 1 <= manifest.layer_limit <= MAX_LAYERS:
        reason = f"{manifest.layer_limit} is not between 1 and {MAX_LAYERS}, Docker's limit"
        problems.add(manifest.label, reason, "leave it at 125", "layer_limit")
    problems.raise_if_any()


def image_config(
    manifest: ImageManifest, profile: BaseProfile, entrypoint: Sequence[str], layers: Sequence[LayerFacts]
) -> dict[str, Any]:
    """The config of an image: `layers` over the base that `profile` describes."""
    return document(profile, _execution(manifest, profile.execution, entrypoint), layers)


def document(profile: BaseProfile, execution: Mapping[str, Any], layers: Sequence[LayerFacts]) -> dict[str, Any]:
    """The config of an image: `layers` over a base, and how it is executed."""
    history = _base_history(profile)
    history += [{"created": EPOCH, "created_by": f"rules_distroless_python: {layer.title}"} for layer in layers]
    return {
        **profile.platform,
        "created": EPOCH,
        "config": execution,
        "rootfs": {
            "type": "layers",
            "diff_ids": [*(layer.diff_id for layer in profile.layers), *(layer.diff_id for layer in layers)],
        },
        "history": history,
    }


def image_manifest(
    profile: BaseProfile, config: bytes, layers: Sequence[LayerFacts], annotations: Mapping[str, str]
) -> dict[str, Any]:
    """The manifest of an image: `layers` over a base."""
    blobs = [Descriptor(oci_media_type(layer.media_type), layer.digest, layer.size) for layer in profile.layers]
    blobs += [Descriptor(OCI_LAYER_GZIP, layer.blob.digest, layer.blob.size) for layer in layers]
    return {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": describe(config, OCI_CONFIG).json(),
        "layers": [blob.json() for blob in blobs],
        "annotations": {BASE_DIGEST: profile.manifest, **annotations},
    }


def _execution(manifest: ImageManifest, base: Mapping[str, Any], entrypoint: Sequence[str]) -> dict[str, Any]:
    """The `config` member. What the base says of anything else stays."""
    ports = {**(base.get("ExposedPorts") or {}), **{_with_protocol(port): {} for port in manifest.exposed_ports}}
    labels = {**(base.get("Labels") or {}), **manifest.labels}
    own: dict[str, Any] = {
        "Entrypoint": list(entrypoint),
        "Cmd": list(manifest.args),
        "Env": _environment(manifest, base.get("Env") or []),
        "User": manifest.user,
        "WorkingDir": manifest.workdir or base.get("WorkingDir") or "/",
        "ExposedPorts": ports,
        "Labels": labels,
        "StopSignal": manifest.stop_signal or base.get("StopSignal"),
        "Volumes": {**(base.get("Volumes") or {}), **{path.rstrip("/"): {} for path in manifest.volumes}},
        "Healthcheck": healthcheck(manifest) or base.get("Healthcheck"),
    }
    merged = {key: value for key, value in {**base, **own}.items() if value not in (None, "", [], {})}
    return dict(sorted(merged.items()))


def _environment(manifest: ImageManifest, base: Sequence[str]) -> list[str]:
    """The base's variables in their order, then new ones sorted. PYTHONPATH: the imports, then what else was said."""
    variables = dict(item.partition("=")[::2] for item in base)
    path = [*manifest.imports, *filter(None, [manifest.env.get("PYTHONPATH", variables.get("PYTHONPATH", ""))])]
    # What a program prints is seen when it prints it, also where it ends by a signal.
    defaults = {"PYTHONUNBUFFERED": "1", **_GPU_VARIABLES.get(manifest.gpu, {})}
    missing = {name: value for name, value in defaults.items() if name not in variables}
    own = {**missing, **manifest.env, **({"PYTHONPATH": ":".join(path)} if path else {})}
    variables.update(sorted(own.items()))
    return [f"{name}={value}" for name, value in variables.items()]


def _with_protocol(port: str) -> str:
    return port if "/" in port else f"{port}/tcp"


def _base_history(profile: BaseProfile) -> list[dict[str, Any]]:
    """The base's history; made up where it does not tell its layers apart, since engines count the entries."""
    history = profile.config.get("history") or []
    if sum(not entry.get("empty_layer") for entry in history) == len(profile.layers):
        return list(history)
    return [{"created": EPOCH, "created_by": "base image"} for _ in profile.layers]
