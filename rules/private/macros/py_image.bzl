"""py_image as it is loaded: the rule, with Debian packages by their names, the target platform told, and targets beside it."""

load("//rules/private/config:platforms.bzl", "TARGET_ARCHITECTURE", "oci_platform")
load("//rules/private/deliver:py_image_run.bzl", "py_image_run")
load("//rules/private/image:beside.bzl", "COMMON", "beside", "declare_beside")
load("//rules/private/image:py_image.bzl", "py_image_rule")
load("//rules/private/testing:py_image_starts_test.bzl", "py_image_starts_test")

visibility(["//rules/..."])

def py_image(name, base, debs = [], args = None, cmd = None, platform = "", starts = False, **kwargs):
    """An image of a Python program on a distroless base.

    Every build verifies it against its base: what would fail at run time fails here, with the remedy.

    Output groups: `report` (JSON, and a page of HTML: sizes, libraries, findings), `descriptor` (JSON of the manifest's digest
    and size), `digest` (its digest as text), `layers` (the layers that were added), `sbom` (what is in it, as CycloneDX and as
    SPDX: wheels, Debian packages, first-party targets, with licences and hashes), `provenance` (what it was made of, as an
    in-toto statement).

    Beside the image there is `NAME.run`, which `bazel run` starts in Docker, in Podman, or without either in the sandbox.
    `NAME.digest` is the file with its digest. `NAME.layout` is the image as an OCI layout directory for tools that read those.

    Args:
        name: the target's name.
        base: label of the base: a `distroless.base` repository, or any OCI layout with Python in it (`oci.pull`, `oci_image`, a
            filegroup of a directory).
        debs: Debian packages to add with what they require: names (`"libgl1"`), which are targets of the base's
            repository, there once its lock has them (`tools:lock -- debian --add libgl1`), or labels.
        args: list of string, the arguments after the entrypoint (the image's `Cmd`). The preferred spelling: a `py_binary` has it.
        cmd: the same as `args`, in the words of rules_oci and rules_img, so that an `oci_image` moves as it is; one of the two.
        platform: the image's platform, `linux/amd64` or `linux/arm64` (preferred: it needs no target), or the label of a
            platform whose name says so. By default it is that of the build's target CPU.
        starts: whether there is a test `NAME_starts` that the program starts: a `py_image_starts_test`. True, or a dict
            of that rule's attributes: `{"env": {"DATABASE_URL": "sqlite://"}}`.
        **kwargs: the other attributes, below.
    """
    target = "//{}:{}".format(native.package_name(), name)
    if args != None and cmd != None:
        fail("{}: args and cmd are two words for one thing. Keep one of the two.".format(target))
    if type(debs) == "list" and type(base) == "string":
        repository = native.package_relative_label(base)
        debs = [deb if "/" in deb or ":" in deb else repository.same_package_label(deb) for deb in debs]
    py_image_rule(
        name = name,
        args = args if args != None else cmd,
        base = base,
        debs = debs,
        platform = oci_platform(platform, target + ": platform") if type(platform) == "string" else platform,
        target_architecture = TARGET_ARCHITECTURE,
        **kwargs
    )
    py_image_run(
        name = name + ".run",
        image = name,
        **beside(kwargs)
    )
    declare_beside(name, kwargs)
    if starts == False:
        return
    if starts != True and type(starts) != "dict":
        fail("{}: starts = {} is neither True nor a dict. Write starts = True, or starts = {{\"env\": {{\"NAME\": \"value\"}}}}.".format(target, repr(starts)))
    py_image_starts_test(
        name = name + "_starts",
        image = name,
        **({key: kwargs[key] for key in COMMON if key in kwargs} | ({} if starts == True else starts))
    )
