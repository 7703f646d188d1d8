"""py_image as it is loaded: the rule, with Debian packages by their names, the target platform told, and targets beside it."""

load("//rules/private/config:platforms.bzl", "oci_platform")
load("//rules/private/deliver:py_image_run.bzl", "py_image_run")
load("//rules/private/testing:py_image_starts_test.bzl", "py_image_starts_test")
load(":beside.bzl", "COMMON", "beside", "declare_beside")
load(":py_image.bzl", "py_image_rule")

visibility(["//rules/..."])

def py_image(name, base, debs = [], args = None, cmd = None, platform = "", starts = False, **kwargs):
    """An image of a Python program on a distroless base.

    All attributes are those of the rule; `debs` may also name packages as Debian does. Beside the image there are
    `NAME.run`, which `bazel run` starts in Docker, in Podman, or without either in the sandbox, `NAME.digest`, the file
    with its digest, and `NAME.layout`, the image as an OCI layout directory for tools that read those.

    Args:
        name: the target's name.
        base: label of the base.
        debs: Debian packages to add with what they require: names (`"libgl1"`), which are targets of the base's
            repository, there once its lock has them (`tools:lock -- debian --add libgl1`), or labels.
        args: arguments after the entrypoint (the image's `Cmd`).
        cmd: the same as `args`, in the words of rules_oci and rules_img; one of the two.
        platform: the image's platform, `linux/amd64` or `linux/arm64`, or the label of a platform whose name says so;
            by default that of the build's target CPU.
        starts: whether there is a test `NAME_starts` that the program starts: a `py_image_starts_test`. True, or a dict
            of that rule's attributes: `{"env": {"DATABASE_URL": "sqlite://"}}`.
        **kwargs: the rule's other attributes.
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
        target_architecture = select({
            Label("@platforms//cpu:aarch64"): "arm64",
            Label("@platforms//cpu:x86_64"): "amd64",
            "//conditions:default": "",
        }),
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
