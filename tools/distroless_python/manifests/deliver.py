"""What Starlark hands the programs of this package. Relative paths start at the current directory, the runfiles'."""

from __future__ import annotations

from dataclasses import dataclass

from distroless_python.manifests.image import ImageFiles


@dataclass(frozen=True)
class LoadManifest(ImageFiles):
    """`load`: an image goes into Docker or Podman; of an index, the one for the machine's platform.

    Attributes:
        tags: `name:tag`, unless the command line says otherwise.
        tag_files: files with a `name:tag` a line.
        status_files: workspace status files, for `{KEY}` in tags.
        tarball: how to get the docker-archive: the command to run.
    """

    tags: tuple[str, ...] = ()
    tag_files: tuple[str, ...] = ()
    status_files: tuple[str, ...] = ()
    tarball: str = ""


@dataclass(frozen=True)
class VenvManifest:
    """`venv`: a virtual environment for editors.

    Attributes:
        label: the target, for messages.
        directory: where it is made, below the workspace.
        imports: directories of runfiles to import from; the first part is the repository.
        workspace: the main repository's name in runfiles.
    """

    label: str
    directory: str
    imports: tuple[str, ...]
    workspace: str


@dataclass(frozen=True)
class Referrer:
    """A document about an image, such as an SBOM.

    Attributes:
        file: the document.
        artifact_type: its media type.
        subject: the descriptor.json of the image that it is about; empty for what is pushed.
    """

    file: str
    artifact_type: str
    subject: str = ""


@dataclass(frozen=True)
class PushManifest(ImageFiles):
    """`push`: an image or index goes to a registry.

    Attributes:
        repository: `registry.example.com/team/app`, unless the command line says otherwise.
        repository_file: a file with the repository; empty for none.
        tags: tags, unless the command line says otherwise.
        tag_files: files with a tag a line.
        status_files: workspace status files, for `{KEY}` in repository and tags.
        mount_from: repositories of the same registry that may hold the base's layers.
        referrers: documents to attach.
        insecure: whether plain HTTP is allowed beyond loopback.
        lazy: whether bases and layers are below Bazel's exec root, if they are on this machine at all.
        wheels: what a lazy push imports grpc from, in runfiles.
    """

    repository: str = ""
    repository_file: str = ""
    tags: tuple[str, ...] = ()
    tag_files: tuple[str, ...] = ()
    status_files: tuple[str, ...] = ()
    mount_from: tuple[str, ...] = ()
    referrers: tuple[Referrer, ...] = ()
    insecure: bool = False
    lazy: bool = False
    wheels: tuple[str, ...] = ()


@dataclass(frozen=True)
class PushAllManifest:
    """`push-all`: several images go to registries, together.

    Attributes:
        label: the target, for messages.
        pushes: what each of them says for itself.
    """

    label: str
    pushes: tuple[PushManifest, ...] = ()
