"""Repositories of Debian packages, which bases and builders share."""

visibility(["//rules/private/extensions"])

MIRRORS_ATTR = attr.string_dict(
    doc = """Archive to address, for example `{"debian": "https://debian.example.com/debian"}`; archives are `debian` and
`debian-security`. By default the environment's `DEBIAN_MIRROR` and `DEBIAN_SECURITY_MIRROR`, else this machine's apt sources.""",
)

_DEB_BUILD = """load("@rules_distroless_python//rules/private/base:deb_layer.bzl", "deb_layer")

package(default_visibility = ["//visibility:public"])

filegroup(
    name = "deb",
    srcs = ["{file}"],
)

deb_layer(
    name = "layer",
    archive = "{archive}",
    deb = "{file}",
    package = "{package}",
    path = "{path}",
    sha256 = "{sha256}",
    version = "{version}",
)
"""

def _mirrors(repository_ctx):
    """The machine's archives: attribute, environment, apt sources, in this order."""
    script = repository_ctx.path(Label("//tools/distroless_python/debian:mirrors.py"))
    found = dict(repository_ctx.attr.mirrors)
    for archive, variable in (("debian", "DEBIAN_MIRROR"), ("debian-security", "DEBIAN_SECURITY_MIRROR")):
        value = repository_ctx.getenv(variable)
        if value and archive not in found:
            found[archive] = value
    if "debian" not in found:
        python = repository_ctx.which("python3")
        result = repository_ctx.execute([python, script]) if python else None
        if result and result.return_code == 0:
            found = json.decode(result.stdout) | found
    if "debian" in found and "debian-security" not in found:
        found["debian-security"] = found["debian"].removesuffix("/").removesuffix("/debian") + "/debian-security"
    return found

def _newest(repository_ctx, mirrors):
    """What the mirror has instead of a file that is gone; an error, unless newer packages are asked for."""
    python = repository_ctx.which("python3")
    if not python:
        fail("python3 is needed to look for a newer {}, and is not on the PATH.".format(repository_ctx.attr.package))
    newest = repository_ctx.getenv("DISTROLESS_STALE_DEBS") == "newest"
    result = repository_ctx.execute([
        python,
        repository_ctx.path(Label("//tools/distroless_python/fetch:missing_deb.py")),
        "--lock",
        repository_ctx.path(repository_ctx.attr.lock),
        "--package",
        repository_ctx.attr.package,
        "--arch",
        repository_ctx.attr.architecture,
        "--mirror",
        mirrors["debian"],
        "--security-mirror",
        mirrors["debian-security"],
    ] + (["--newest"] if newest else []))
    if result.return_code != 0 or not newest:
        fail("\n" + result.stderr)
    return json.decode(result.stdout)

def _deb_repository_impl(repository_ctx):
    attr = repository_ctx.attr
    mirrors = _mirrors(repository_ctx)
    if attr.archive not in mirrors:
        fail("{} {}: no mirror of the archive \"{}\" is known. {}".format(
            attr.package,
            attr.version,
            attr.archive,
            "Set mirrors = {\"%s\": \"https://...\"} on distroless.base, or --repo_env=DEBIAN_MIRROR=https://..." % attr.archive,
        ))
    package = struct(archive = attr.archive, path = attr.path, sha256 = attr.sha256, version = attr.version)
    file = package.path.split("/")[-1]
    result = repository_ctx.download(
        url = mirrors[package.archive].removesuffix("/") + "/" + package.path,
        output = file,
        sha256 = package.sha256,
        allow_fail = True,
    )
    if not result.success:
        package = struct(**_newest(repository_ctx, mirrors))
        file = package.path.split("/")[-1]
        repository_ctx.download(
            url = mirrors[package.archive].removesuffix("/") + "/" + package.path,
            output = file,
            sha256 = package.sha256,
        )
    repository_ctx.file("BUILD.bazel", _DEB_BUILD.format(
        archive = package.archive,
        file = file,
        package = attr.package,
        path = package.path,
        sha256 = package.sha256,
        version = package.version,
    ))

_deb_repository = repository_rule(
    implementation = _deb_repository_impl,
    doc = "One locked Debian package, from the machine's mirror.",
    attrs = {
        "architecture": attr.string(doc = "Debian's architecture.", mandatory = True),
        "archive": attr.string(doc = "`debian` or `debian-security`.", mandatory = True),
        "lock": attr.label(doc = "The lock it stands in, for messages.", mandatory = True),
        "mirrors": attr.string_dict(doc = "As in the tag."),
        "package": attr.string(doc = "The package's name.", mandatory = True),
        "path": attr.string(doc = "Its path in the archive.", mandatory = True),
        "sha256": attr.string(doc = "SHA-256 in hexadecimal.", mandatory = True),
        "version": attr.string(doc = "Its version.", mandatory = True),
    },
)

def _targets_repository_impl(repository_ctx):
    repository_ctx.file("BUILD.bazel", repository_ctx.attr.build)

targets_repository = repository_rule(
    implementation = _targets_repository_impl,
    doc = "The targets of a base or builder.",
    attrs = {"build": attr.string(doc = "The BUILD file.", mandatory = True)},
)

def _repository_name(package, architecture):
    return "deb_{}_{}_{}".format(package["name"].replace("+", "_plus"), architecture, package["sha256"][:8])

def deb_label(package, architecture, target = "layer"):
    """The label of a package.

    Args:
        package: dict, as in the lock.
        architecture: Debian's word for it.
        target: `layer`, or `deb` for the file.

    Returns:
        string.
    """
    return "@{}//:{}".format(_repository_name(package, architecture), target)

def deb_labels(packages, architecture, target = "layer"):
    """Labels of packages, as text for a BUILD file.

    Args:
        packages: list of dict, as in the lock.
        architecture: Debian's word for it.
        target: `layer`, or `deb` for the file.

    Returns:
        string.
    """
    labels = [deb_label(package, architecture, target) for package in packages]
    return json.encode_indent(labels, indent = "    ", prefix = "    ")

def declare_packages(tag, lock, declared):
    """Declares a repository for each package that has none yet.

    Args:
        tag: the tag, with `lock` and `mirrors`.
        lock: dict, its decoded lock.
        declared: dict, the names of package repositories that are there; extended.
    """
    for architecture, packages in sorted(lock["architectures"].items()):
        for package in packages:
            name = _repository_name(package, architecture)
            if name not in declared:
                declared[name] = True
                _deb_repository(
                    name = name,
                    architecture = architecture,
                    archive = package["archive"],
                    lock = tag.lock,
                    mirrors = tag.mirrors,
                    package = package["name"],
                    path = package["path"],
                    sha256 = package["sha256"],
                    version = package["version"],
                )

def added_packages(lock, architecture, name):
    """The packages that the lock has because one was added.

    Args:
        lock: dict, the decoded lock.
        architecture: Debian's word for it.
        name: the package that was added.

    Returns:
        list of dict, as in the lock.
    """
    return [p for p in lock["architectures"].get(architecture, []) if name in p.get("required_by", [])]

def lock_path(label):
    """A lock's path in its repository, for commands that lock again.

    Args:
        label: Label.

    Returns:
        string.
    """
    return label.package + "/" + label.name if label.package else label.name

def check_kind(tag, lock, builder):
    """Fails where a base is given the lock of a builder, or the other way round.

    Args:
        tag: the tag.
        lock: dict, its decoded lock.
        builder: whether it has to be a builder's.
    """
    if lock.get("builder", False) != builder:
        fail("{}: it is the lock of a {}. Give it to distroless.{}, or lock again with{} --builder.".format(
            tag.lock,
            "base" if builder else "builder",
            "base" if builder else "builder",
            "" if builder else "out",
        ))
