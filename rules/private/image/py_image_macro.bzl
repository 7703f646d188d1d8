"""py_image as it is loaded: the rule, with Debian packages by their names, and the target platform told."""

load("//rules/private/testing:py_image_starts_test.bzl", "py_image_starts_test")
load(":py_image.bzl", "py_image_rule")

visibility(["//rules/..."])

def py_image(name, base, debs = [], starts = False, **kwargs):
    """An image of a Python program on a distroless base, as an OCI layout directory.

    All attributes are those of the rule; `debs` may also name packages as Debian does.

    Args:
        name: the target's name, and the name of the layout directory.
        base: label of the base.
        debs: Debian packages to add with what they require: names (`"libgl1"`), which are targets of the base's
            repository, there once its lock has them (`tools:lock -- debian --add libgl1`), or labels.
        starts: whether there is a test `NAME_starts` that the program starts: a `py_image_starts_test`. True, or a dict
            of that rule's attributes: `{"env": {"DATABASE_URL": "sqlite://"}}`.
        **kwargs: the rule's other attributes.
    """
    if type(debs) == "list" and type(base) == "string":
        repository = native.package_relative_label(base)
        debs = [deb if "/" in deb or ":" in deb else repository.same_package_label(deb) for deb in debs]
    py_image_rule(
        name = name,
        base = base,
        debs = debs,
        target_architecture = select({
            Label("@platforms//cpu:aarch64"): "arm64",
            Label("@platforms//cpu:x86_64"): "amd64",
            "//conditions:default": "",
        }),
        **kwargs
    )
    if starts == False:
        return
    if starts != True and type(starts) != "dict":
        fail("//{}:{}: starts = {} is neither True nor a dict. Write starts = True, or starts = {{\"env\": {{\"NAME\": \"value\"}}}}.".format(
            native.package_name(),
            name,
            repr(starts),
        ))
    shared = {key: kwargs[key] for key in ("tags", "target_compatible_with", "visibility") if key in kwargs}
    py_image_starts_test(
        name = name + "_starts",
        image = name,
        **(shared | ({} if starts == True else starts))
    )
