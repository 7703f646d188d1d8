"""Repositories of a base: one a Debian package, and the base itself."""

load(":base_packages.bzl", "grouping", "laid_packages", "left_out")
load(":deb_repositories.bzl", "MIRRORS_ATTR", "added_packages", "check_kind", "deb_labels", "declare_packages", "lock_path", "targets_repository")

visibility(["//rules/private/extensions"])

BASE_TAG = tag_class(
    doc = "A base image from Debian packages: `@name` is an OCI layout of the architecture that is being built.",
    attrs = {
        "interpreters": attr.label_keyed_string_dict(
            doc = """A CPython that no Debian release has, by architecture: `{"@python_3_14_linux//:files": "amd64"}`. A tree of
`bin/python3.X` and `lib/python3.X` that was built to be moved: its files, its directory, an archive, or a `py_runtime` with its files. Of
the lock are laid the packages of the groups `static`, `base` and `cc` only, and `packages`.""",
        ),
        "keep": attr.string_list(
            doc = "Parts that a slim base keeps nevertheless, by their names in docs/reference/bases.md: `terminal`.",
        ),
        "layers": attr.string(
            default = "grouped",
            doc = "`grouped`: few layers, by how often security updates change them. `package`: one a package, as distroless has it.",
            values = ["grouped", "package"],
        ),
        "slim": attr.bool(
            doc = "Whether the base does without what hardly any program uses; verification says where one does, and how to have it back.",
        ),
        "lock": attr.label(
            doc = "The lock, as `tools:lock -- debian` writes it.",
            mandatory = True,
        ),
        "mirrors": MIRRORS_ATTR,
        "name": attr.string(
            doc = "The repository's name; a name with the release in it (`python3_debian13`) tells images which wheels fit.",
            mandatory = True,
        ),
        "packages": attr.string_list(
            doc = "With `interpreters`: packages of the lock that its libraries are in, such as `libsqlite3-0`. The build says which it lacks.",
        ),
        "python": attr.string(
            doc = "With `interpreters`: their version, `3.14`. Locks of wheels call the base `debian13_py314`.",
        ),
    },
)

# What a base without Python has, as distroless' `cc`.
_WITHOUT_PYTHON = ("static", "base", "cc")

_BASE_BUILD = """load("@rules_distroless_python//rules/private/base:base_interpreter.bzl", "base_interpreter")
load("@rules_distroless_python//rules/private/base:deb_group.bzl", "deb_group")
load("@rules_distroless_python//rules/private/base:deb_layer.bzl", "slim_deb_layer")
load("@rules_distroless_python//rules/private/base:distroless_base.bzl", "distroless_base")
load("@rules_distroless_python//rules/private/base:python_layer.bzl", "python_layer")

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
    grouping = {grouping},
    interpreter = ":{architecture}_interpreter",
    left_out = {left_out},
    lock = "{lock}",
    packages = {grouped},
    python = "{python}",
    release = "{release}",
    tree = {tree},
    version_id = "{version_id}",
)
"""

_TREE_BUILD = """
python_layer(
    name = "{name}",
    interpreter = "{interpreter}",
    python = "{python}",
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

def _trees(tag, lock):
    """The interpreters' labels by architecture; fails where the tag does not go with its lock."""
    if not tag.interpreters:
        for attribute in ("packages", "python"):
            if getattr(tag, attribute):
                fail("distroless.base(name = \"{}\"): {} goes with `interpreters`. Add these, or remove it.".format(tag.name, attribute))
        return {}
    if not tag.python.startswith("3.") or not tag.python[len("3."):].isdigit():
        fail("distroless.base(name = \"{}\"): python = \"{}\" is not a version. Write that of the interpreters, such as \"3.14\".".format(tag.name, tag.python))
    found = {architecture: label for label, architecture in tag.interpreters.items()}
    unknown = [architecture for architecture in tag.interpreters.values() if architecture not in lock["architectures"]]
    if unknown:
        fail("distroless.base(name = \"{}\"): interpreters has \"{}\". Write one of: {}.".format(
            tag.name,
            unknown[0],
            ", ".join(sorted(lock["architectures"])),
        ))
    names = {package["name"]: True for packages in lock["architectures"].values() for package in packages}
    absent = [name for name in tag.packages if name not in names]
    if absent:
        fail("distroless.base(name = \"{}\"): packages has {}, which {} does not have. {}".format(
            tag.name,
            ", ".join(absent),
            tag.lock,
            "Lock again with --also {}, or remove them.".format(" ".join(absent)),
        ))
    return found

def _laid(tag, packages):
    """The packages that are laid; without Debian's Python where there is another one."""
    if not tag.interpreters:
        return [p for p in packages if p["group"] not in ("added", "debug")]
    return [p for p in packages if p["group"] in _WITHOUT_PYTHON or p["name"] in tag.packages]

def declare_base(tag, lock, declared):
    """Declares the repositories of one `base` tag.

    Args:
        tag: the tag.
        lock: dict, its decoded lock.
        declared: dict, the names of package repositories that are there; extended.
    """
    check_kind(tag, lock, builder = False)
    declare_packages(tag, lock, declared)
    trees = _trees(tag, lock)
    architectures = [architecture for architecture in sorted(lock["architectures"]) if architecture in trees or not trees]
    interpreters = [":{}_interpreter".format(architecture) for architecture in architectures]
    build = _BASE_BUILD.format(compiler = _compiler(interpreters), name = tag.name)
    for architecture in architectures:
        packages, python = lock["architectures"][architecture], tag.python or lock["python"]
        laid, slimmed = laid_packages(tag, python, architecture, _laid(tag, packages))
        build += slimmed
        tree = ":{}_python".format(architecture) if trees else None
        if tree:
            laid[tree] = "python" if tag.layers == "grouped" else ""
            build += _TREE_BUILD.format(name = tree[1:], interpreter = trees[architecture], python = python)
        common = {
            "added": json.encode(lock.get("added", [])),
            "architecture": architecture,
            "codename": lock["codename"],
            "end_of_life": lock["end_of_life"],
            "grouped": "{" + ", ".join(["{}: {}".format(repr(label), repr(layer)) for label, layer in laid.items()]) + "}",
            "grouping": json.encode(grouping(tag)),
            "left_out": json.encode(left_out(tag)),
            "lock": "" if tag.lock.repo_name else lock_path(tag.lock),
            "packages": json.encode_indent(laid.keys(), indent = "    ", prefix = "    "),
            "python": python,
            "release": lock["release"] + ("_py" + python.replace(".", "") if trees else ""),
            "tree": repr(tree),
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
