"""What Starlark hands the actions that make images and use them: one dataclass a command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional

from distroless_python.manifests.layers import LayerOutput


@dataclass(frozen=True)
class LayerPlace:
    """A layer and its layer.json."""

    layer: str
    facts: str


@dataclass(frozen=True)
class ImageFiles:
    """Where an image or an index is: an action wrote its JSON, and its layers are where others wrote them.

    Attributes:
        label: the target, for messages.
        descriptor: its descriptor.json.
        documents: its manifest and config; of an index also the index, and those of all its images.
        bases: OCI layout directories that the other blobs are in.
        layers: its own layers.
    """

    label: str
    descriptor: str
    documents: tuple[str, ...]
    bases: tuple[str, ...]
    layers: tuple[LayerPlace, ...]


@dataclass(frozen=True)
class Entry:
    """What the image starts.

    Attributes:
        kind: `file` (a Python file), `module` (`python -m`), `console_script` (of a wheel), or `none` (as the base).
        value: the file's absolute path in the image, the module's dotted name, or the script's name.
    """

    kind: str
    value: str = ""


NO_HEALTHCHECK = ("NONE",)
"""The health check that takes the base's away."""


@dataclass(frozen=True)
class ImageManifest:
    """`image`: layers on a base become an image.

    Attributes:
        manifest: the image's manifest, to write.
        config: its config, to write.
        descriptor: the JSON file to write with `mediaType`, `digest`, `size` and `platform` of the image's manifest.
        digest_file: the file to write with the digest alone, `sha256:<hex>`.
        label: the image's target, for messages.
        profile: the base's profile.json.
        layers: the layer.json of its layers, in any order.
        entry: what the image starts.
        args: its arguments (Cmd).
        imports: absolute directories in the image for PYTHONPATH, first wins.
        env: environment variables, over the base's; a PYTHONPATH goes behind `imports`.
        gpu: whose container runtime it runs under, `nvidia`; empty for none.
        user: `65532`, `nonroot`, `uid:gid`; a base's user is not inherited.
        workdir: absolute; empty for the base's.
        labels: labels of the config, over the base's.
        annotations: annotations of the manifest.
        exposed_ports: `8000` or `8000/udp`.
        stop_signal: `SIGINT`; empty for the base's.
        volumes: absolute directories that are volumes.
        healthcheck: program and arguments; `NONE` alone takes the base's away.
        healthcheck_options: `interval`, `timeout`, `start_period`, `start_interval` (`1m30s`) and `retries`.
        status_files: workspace status files, for `{KEY}` in labels and annotations.
        layer_limit: most layers, the base's included.
    """

    manifest: str
    config: str
    descriptor: str
    digest_file: str
    label: str
    profile: str
    layers: tuple[str, ...]
    entry: Entry = Entry("none")
    args: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    gpu: str = ""
    user: str = "65532"
    workdir: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    exposed_ports: tuple[str, ...] = ()
    stop_signal: str = ""
    volumes: tuple[str, ...] = ()
    healthcheck: tuple[str, ...] = ()
    healthcheck_options: dict[str, str] = field(default_factory=dict)
    status_files: tuple[str, ...] = ()
    layer_limit: int = 125


@dataclass(frozen=True)
class IndexManifest:
    """`index`: images become an image index.

    Attributes:
        index: the index, to write.
        descriptor: the JSON file to write with `mediaType`, `digest` and `size` of the index.
        digest_file: the file to write with the digest alone.
        label: the index's target, for messages.
        images: descriptor.json of each image.
        annotations: annotations of the index.
    """

    index: str
    descriptor: str
    digest_file: str
    label: str
    images: tuple[str, ...]
    annotations: dict[str, str]


@dataclass(frozen=True)
class LayoutManifest(ImageFiles):
    """`layout`: an image or an index becomes an OCI layout of regular files.

    Attributes:
        output: the directory to write.
    """

    output: str


@dataclass(frozen=True)
class DjangoStaticManifest(ImageFiles):
    """`django-static`: a Django site's static files, collected in its image, become a layer.

    Attributes:
        profile: the base's profile.json.
        python: the base's python.json.
        settings: the settings module.
        env: environment variables for the run, over the image's.
        output: what to write.
    """

    profile: str
    python: str
    settings: str
    env: dict[str, str]
    output: LayerOutput


@dataclass(frozen=True)
class OciPartsManifest(ImageFiles):
    """`oci-parts`: an image's config becomes files, one value a line.

    Attributes:
        cmd: the file to write with the arguments.
        entrypoint: the file to write with the entrypoint.
        env: the file to write with the environment, `NAME=value`.
    """

    cmd: str
    entrypoint: str
    env: str


@dataclass(frozen=True)
class TarballManifest(ImageFiles):
    """`tarball`: an image becomes a tar file for `docker load`.

    Attributes:
        output: the file to write.
        tags: `name:tag`, for the loaded image.
        tag_files: files with a `name:tag` a line.
        status_files: workspace status files, for `{KEY}` in tags.
        architecture: the platform that the build is for; the image of an index to take.
    """

    output: str
    architecture: str
    tags: tuple[str, ...] = ()
    tag_files: tuple[str, ...] = ()
    status_files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mount:
    """A file or directory of the machine, read-only in the sandbox at the absolute path `target`."""

    source: str
    target: str


@dataclass(frozen=True)
class Request:
    """A GET request, to be answered by 200; `body` is a regular expression that is searched for in the answer."""

    path: str
    body: str = ""


@dataclass(frozen=True)
class Server:
    """The image's entrypoint as a server beside the test.

    Attributes:
        port: the TCP port that it listens on, on loopback.
        requests: what to ask it.
    """

    port: int
    requests: tuple[Request, ...] = ()


@dataclass(frozen=True)
class TestManifest(ImageFiles):
    """The runner of `py_image_test`. Relative paths start at the current directory, the runfiles'.

    What runs: `command`, else `main`, else `module`, else the image's entrypoint. With `server`, the entrypoint runs as
    a server (with `args`), and one of the former, if it is there, is its client, with BASE_URL set.

    Attributes:
        profile: the base's profile.json.
        command: program (absolute in the image) and arguments.
        main: a Python file in the sandbox, absolute; `mounts` may show it there.
        module: a module for `python -m`.
        module_args: its arguments.
        args: instead of the image's arguments; None leaves those.
        env: environment variables, over the image's.
        mounts: files of the machine to show, such as tests.
        network: whether the machine's network can be reached.
        exit_code: what the program has to exit with.
        stdout: a regular expression to be found in its output.
        stderr: likewise.
        server: the entrypoint as a server.
    """

    __test__ = False  # the name is not pytest's

    profile: str
    command: tuple[str, ...] = ()
    main: str = ""
    module: str = ""
    module_args: tuple[str, ...] = ()
    args: Optional[tuple[str, ...]] = None
    env: dict[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    network: bool = False
    exit_code: int = 0
    stdout: str = ""
    stderr: str = ""
    server: Optional[Server] = None


@dataclass(frozen=True)
class RunManifest(ImageFiles):
    """What `bazel run IMAGE.run` starts. Relative paths start at the current directory, the runfiles'.

    Attributes:
        image_label: its target.
        profile: the base's profile.json.
    """

    image_label: str
    profile: str


@dataclass(frozen=True)
class StartsManifest(ImageFiles):
    """The runner of `py_image_starts_test`. Relative paths start at the current directory, the runfiles'.

    Attributes:
        image_label: its target, for messages.
        profile: the base's profile.json.
        by_macro: whether `starts = ...` of the image made the test, for messages.
        ports: the TCP ports to wait for; None for those that the image exposes.
        path: what is asked for on each port, as HTTP.
        seconds: how long it has to stay up where there are none.
        env: environment variables, over the image's.
    """

    image_label: str
    profile: str
    by_macro: bool = False
    ports: Optional[tuple[int, ...]] = None
    path: str = "/"
    seconds: int = 3
    env: dict[str, str] = field(default_factory=dict)
