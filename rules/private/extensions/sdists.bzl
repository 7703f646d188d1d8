"""Source distributions of a hub: the targets that build a wheel for each image."""

load(":deb_repositories.bzl", "lock_path")

visibility(["//rules/private/extensions"])

SDIST_ATTRS = {
    "build_debs": attr.string_list_dict(
        doc = """Distribution to the Debian packages that its build needs besides the builder's and those that the lock tool
found, for example `{"python-ldap": ["libldap-dev", "libsasl2-dev"]}`. The builder's lock has to have them (`--also`).""",
    ),
    "build_requires": attr.string_list_dict(
        doc = """Distribution to distributions of the same lock that its build needs besides those that the lock tool found
(`build-system.requires`). Of one that both name, the lock's is taken.""",
    ),
    "build_timeout": attr.int(
        default = 600,
        doc = "Seconds that a build may take.",
    ),
    "patches": attr.string_list_dict(
        doc = "Distribution to patches (labels) for its source, applied in order by `patch -p1`.",
    ),
}

_HEAD = """load("@rules_distroless_python//rules/private/wheel:wheel.bzl", "wheel")
load("@rules_distroless_python//rules/private/wheel:unbuilt_wheel.bzl", "unbuilt_wheel")
load("@rules_distroless_python//rules/private/wheel:wheel_from_sdist.bzl", "pure_wheel_from_sdist", "wheel_from_sdist")

package(default_visibility = ["//visibility:public"])
"""

_COMMON = """    src = "{file}",
    architecture = "{architecture}",
    build_requires = {build_requires},
    distribution = "{distribution}",
    hub = "@{hub}",
    python = "{python}",
    release = "{release}",
    requires = {requires},
    sha256 = "{sha256}",
    timeout = {timeout},
    version = "{version}",
"""

_PURE_BUILD = """
pure_wheel_from_sdist(
    name = "{environment}_build",
""" + _COMMON + ")\n"

_BUILD = """
wheel_from_sdist(
    name = "{environment}_build",
""" + _COMMON + """    build_debs = {build_debs},
    builder = {builder},
    builder_lock = "{builder_lock}",
    patches = {patches},
    unbuildable = {unbuildable},
)
"""

_WHEEL = """
wheel(
    name = "{environment}",
    src = ":{environment}_build",
    direct = {direct},
    distribution = "{distribution}",
    exclude = {exclude},
    version = "{version}",
)
"""

_UNBUILT = """
unbuilt_wheel(
    name = "{environment}",
    src = "{file}",
    distribution = "{distribution}",
    modules = {modules},
    reason = {reason},
    version = "{version}",
)
"""

def is_sdist(file):
    """Whether a file of the lock has to be built."""
    return file.get("kind", "wheel") == "sdist"

def is_image(environment):
    """Whether an environment is an image, not a developer's machine: only images have a builder."""
    return not environment.startswith("python")

def needed_builders(lock):
    """The releases whose builder some distribution of a lock needs.

    Args:
        lock: dict, the decoded lock.

    Returns:
        list of string, sorted.
    """
    releases = {}
    for files in lock["distributions"].values():
        for file in files:
            if is_sdist(file) and not file.get("pure"):
                releases.update({e.rpartition("_")[0]: True for e in file["environments"] if is_image(e)})
    return sorted(releases)

def check_names(tag, lock):
    """Fails where the tag names a distribution that is not in the lock, or is not a source distribution.

    Args:
        tag: the `wheels` tag.
        lock: dict, its decoded lock.
    """
    for name in tag.exclude:
        if name not in lock["distributions"]:
            fail("distroless.wheels(name = \"{}\"): exclude names \"{}\", which {} does not have. {}".format(
                tag.name,
                name,
                tag.lock,
                "Correct the name (normalised: lower case, with hyphens), or take it out.",
            ))
    for attribute in ("build_debs", "build_requires", "patches"):
        for name in getattr(tag, attribute):
            if not [file for file in lock["distributions"].get(name, []) if is_sdist(file)]:
                fail("distroless.wheels(name = \"{}\"): {} names \"{}\", of which {} has no source distribution. {}".format(
                    tag.name,
                    attribute,
                    name,
                    tag.lock,
                    "Correct the name (normalised: lower case, with hyphens), or take it out.",
                ))

def _required(tag, lock, name):
    """Names of the distributions that the tag says a build needs."""
    for required in tag.build_requires.get(name, []):
        if required not in lock["distributions"]:
            fail("distroless.wheels(name = \"{}\"): build_requires of \"{}\" names \"{}\", which {} does not have. {}".format(
                tag.name,
                name,
                required,
                tag.lock,
                "Add it to requirements.in and lock again.",
            ))
    return tag.build_requires.get(name, [])

def _build_debs(tag, builder, name, file, environment):
    """Packages that a build needs: those of the tag, and those that the lock tool found and locked."""
    found = file.get("build", {}).get(environment, {}).get("debs", [])
    asked = tag.build_debs.get(name, [])
    return asked + [package for package in found if package in builder.lock["added"] and package not in asked]

def _debs(tag, builder, name, file, environment):
    """Labels of the packages that the root is made of."""
    architecture = environment.rpartition("_")[2]
    packages = [p for p in _build_debs(tag, builder, name, file, environment) if p in builder.lock["added"]]
    return ["@{}//:{}".format(builder.name, target) for target in [architecture] + [
        "{}_{}".format(architecture, package)
        for package in packages
    ]]

def _problem(tag, builder, name, environment):
    """Why there can be no wheel of a distribution for an environment; empty if there can."""
    release, _, _ = environment.rpartition("_")
    if not builder:
        place = lock_path(tag.lock).rpartition("/")[0]
        return "{} has no wheel for {} and is built from source, for which there is no builder. {}".format(
            name,
            environment,
            "Lock again, which makes {}{}-builder.lock.json: bazel run @rules_distroless_python//tools:lock".format(
                place + "/" if place else "",
                release,
            ),
        )
    missing = [package for package in tag.build_debs.get(name, []) if package not in builder.lock["added"]]
    if missing:
        return "build_debs of distroless.wheels(name = \"{}\") names {}, which {} does not have. {}".format(
            tag.name,
            " and ".join(missing),
            builder.label,
            "Add it: bazel run @rules_distroless_python//tools:lock -- debian --builder --release {} --output {} --also {}".format(
                release,
                lock_path(builder.label),
                " ".join(missing),
            ),
        )
    return ""

def _patches(tag, name):
    """Labels of patches as the module that has the tag means them."""
    repository = str(tag.lock).partition("//")[0]
    return [repository + patch if patch.startswith("//") else patch for patch in tag.patches.get(name, [])]

def sdist_build_file(tag, lock, builders, name, file, build_labels, closure_labels):
    """The BUILD file of a source distribution's repository.

    Args:
        tag: the `wheels` tag.
        lock: dict, its decoded lock.
        builders: dict, release to struct of the builder's `name`, `lock` and `label`.
        name: the distribution.
        file: dict, its file in the lock.
        build_labels: function of file names: distribution to label of these of the lock's `build_wheels`.
        closure_labels: function of names and an environment: distribution to label of these and their closure.

    Returns:
        string.
    """
    text = _HEAD
    patches = _patches(tag, name)
    for environment in file["environments"]:
        image = is_image(environment)
        release, _, architecture = environment.rpartition("_")
        builder = builders.get(release) if image else None
        labels = closure_labels(_required(tag, lock, name), environment)
        labels.update(build_labels(file.get("build", {}).get(environment, {}).get("wheels", [])))
        pure = file.get("pure") and not patches
        template = _PURE_BUILD if pure else _BUILD if image else _UNBUILT
        text += (template if template == _UNBUILT else template + _WHEEL).format(
            architecture = architecture,
            build_debs = json.encode(_build_debs(tag, builder, name, file, environment) if builder else []),
            build_requires = json.encode(_required(tag, lock, name)),
            builder = json.encode(_debs(tag, builder, name, file, environment) if builder else []),
            builder_lock = lock_path(builder.label) if builder else "",
            direct = file.get("direct", False),
            distribution = name,
            environment = environment,
            exclude = json.encode(tag.exclude.get(name, [])),
            file = file["file"],
            hub = tag.name,
            modules = json.encode(file.get("top_level", [])),
            patches = json.encode(patches),
            python = lock["environments"][environment]["python"],
            reason = repr("{} has no wheel and is compiled for images only, so that it is not on this machine. {}".format(
                name,
                "Test what imports it in the image (py_image_test), or depend on a distribution of it with wheels.",
            )),
            release = release if image else "",
            requires = json.encode([label for _, label in sorted(labels.items())]),
            sha256 = file["sha256"],
            timeout = tag.build_timeout,
            unbuildable = repr(_problem(tag, builder, name, environment)),
            version = file["version"],
        )
    return text
