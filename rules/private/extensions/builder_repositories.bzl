"""Repositories of a builder: one a Debian package, and the targets that name them."""

load(":deb_repositories.bzl", "MIRRORS_ATTR", "added_packages", "check_kind", "deb_labels", "declare_packages", "targets_repository")

visibility(["//rules/private/extensions"])

BUILDER_TAG = tag_class(
    doc = """What wheels are built with where a hub's lock has source distributions: gcc, Python's headers and such, from
the packages of one Debian release. The hubs of the same module use it for that release.""",
    attrs = {
        "lock": attr.label(
            doc = "The lock, as `tools:lock -- debian --builder` writes it.",
            mandatory = True,
        ),
        "mirrors": MIRRORS_ATTR,
        "name": attr.string(
            doc = "The repository's name.",
            mandatory = True,
        ),
    },
)

_BUILDER_BUILD = """
filegroup(
    name = "{name}",
    srcs = {debs},
)
"""

def declare_builder(tag, lock, declared):
    """Declares the repositories of one `builder` tag.

    Its targets are files: `amd64` and `arm64` what every build has, `amd64_libldap-dev` an added package's closure.

    Args:
        tag: the tag.
        lock: dict, its decoded lock.
        declared: dict, the names of package repositories that are there; extended.
    """
    check_kind(tag, lock, builder = True)
    declare_packages(tag, lock, declared)
    build = "package(default_visibility = [\"//visibility:public\"])\n"
    for architecture, packages in sorted(lock["architectures"].items()):
        common = [p for p in packages if p["group"] == "builder"]
        build += _BUILDER_BUILD.format(name = architecture, debs = deb_labels(common, architecture, "deb"))
        for name in lock["added"]:
            debs = deb_labels(added_packages(lock, architecture, name), architecture, "deb")
            build += _BUILDER_BUILD.format(name = architecture + "_" + name, debs = debs)
    targets_repository(name = tag.name, build = build)
