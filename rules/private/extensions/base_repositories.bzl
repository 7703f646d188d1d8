"""Repositories of a base: one a Debian package, and the base itself."""

load(":deb_repositories.bzl", "MIRRORS_ATTR", "added_packages", "check_kind", "deb_labels", "declare_packages", "lock_path", "targets_repository")

visibility(["//rules/private/extensions"])

BASE_TAG = tag_class(
    doc = "A base image from Debian packages: `@name` is an OCI layout of the architecture that is being built.",
    attrs = {
        "lock": attr.label(
            doc = "The lock, as `tools:lock -- debian` writes it.",
            mandatory = True,
        ),
        "mirrors": MIRRORS_ATTR,
        "name": attr.string(
            doc = "The repository's name; a name with the release in it (`python3_debian13`) tells images which wheels fit.",
            mandatory = True,
        ),
    },
)

_BASE_BUILD = """load("@rules_distroless_python//rules/private/base:base_interpreter.bzl", "base_interpreter")
load("@rules_distroless_python//rules/private/base:deb_group.bzl", "deb_group")
load("@rules_distroless_python//rules/private/base:distroless_base.bzl", "distroless_base")

package(default_visibility = ["//visibility:public"])

alias(
    name = "{name}",
    actual = select({{
        "@rules_distroless_python//rules:debugging": ":debug",
        "//conditions:default": ":plain",
    }}),
)

alias(
    name = "plain",
    actual = select({{
        "@rules_distroless_python//rules:arm64": ":arm64",
        "//conditions:default": ":amd64",
    }}),
)

alias(
    name = "debug",
    actual = select({{
        "@rules_distroless_python//rules:arm64": ":arm64_debug",
        "//conditions:default": ":amd64_debug",
    }}),
)

# What compiles, for images of any architecture: the base's Python for the machine that builds.
alias(
    name = "compiler",
    actual = {compiler},
)
"""

_INTERPRETER_BUILD = """
base_interpreter(
    name = "{architecture}_interpreter",
    architecture = "{architecture}",
    packages = {packages},
)
"""

_ARCHITECTURE_BUILD = """
distroless_base(
    name = "{architecture}{suffix}",
    added = {added},
    architecture = "{architecture}",
    codename = "{codename}",
    compiler = ":compiler",
    debug = {debug},
    end_of_life = "{end_of_life}",
    interpreter = ":{architecture}_interpreter",
    lock = "{lock}",
    packages = {packages},
    python = "{python}",
    release = "{release}",
    version_id = "{version_id}",
)
"""

# What py_image(debs = ["libgl1"]) adds: the package and what it requires, less what the base has.
_ADDED_BUILD = """
deb_group(
    name = "{name}",
    packages = select({{
        "@rules_distroless_python//rules:arm64": {arm64},
        "//conditions:default": {amd64},
    }}),
)
"""

def _compiler(interpreters):
    """An expression for a BUILD file: the interpreter for the architecture that is asked for, else the one that there is."""
    if len(interpreters) < 2:
        return repr((interpreters + [":none"])[0])
    return """select({{
        "@rules_distroless_python//rules:arm64": "{}",
        "//conditions:default": "{}",
    }})""".format(interpreters[1], interpreters[0])

def declare_base(tag, lock, declared):
    """Declares the repositories of one `base` tag.

    Args:
        tag: the tag.
        lock: dict, its decoded lock.
        declared: dict, the names of package repositories that are there; extended.
    """
    check_kind(tag, lock, builder = False)
    declare_packages(tag, lock, declared)
    interpreters = [":{}_interpreter".format(architecture) for architecture in sorted(lock["architectures"])]
    build = _BASE_BUILD.format(compiler = _compiler(interpreters), name = tag.name)
    for architecture, packages in sorted(lock["architectures"].items()):
        common = {
            "added": json.encode(lock.get("added", [])),
            "architecture": architecture,
            "codename": lock["codename"],
            "end_of_life": lock["end_of_life"],
            "lock": "" if tag.lock.repo_name else lock_path(tag.lock),
            "packages": deb_labels([p for p in packages if p["group"] not in ("added", "debug")], architecture),
            "python": lock["python"],
            "release": lock["release"],
            "version_id": lock["version_id"],
        }
        build += _INTERPRETER_BUILD.format(**common)
        build += _ARCHITECTURE_BUILD.format(debug = None, suffix = "", **common)
        busybox = json.decode(deb_labels([p for p in packages if p["group"] == "debug"], architecture))
        if busybox:
            build += _ARCHITECTURE_BUILD.format(debug = repr(busybox[0]), suffix = "_debug", **common)
    for added in lock.get("added", []):
        build += _ADDED_BUILD.format(name = added, **{
            architecture: deb_labels(added_packages(lock, architecture, added), architecture)
            for architecture in ("amd64", "arm64")
        })
    targets_repository(name = tag.name, build = build)
