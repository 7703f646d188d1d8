"""Source distributions of a hub: the targets that build a wheel for each image."""

load(":deb_repositories.bzl", "lock_path")

visibility(["//rules/private/extensions"])

SDIST_ATTRS = {
    "build_debs": attr.string_list_dict(
        doc = """Distribution to the Debian packages that its build needs besides the builder's, for example
`{"python-ldap": ["libldap-dev", "libsasl2-dev"]}`. The builder's lock has to have them (`--add`).""",
    ),
    "build_requires": attr.string_list_dict(
        doc = """Distribution to the distributions of the same lock that its build needs (`build-system.requires`), by default
`["setuptools", "wheel"]`, as far as the lock has them.""",
    ),
    "build_timeout": attr.int(
        default = 600,
        doc = "Seconds that a build may take.",
    ),
    "patches": attr.string_list_dict(
        doc = "Distribution to patches (labels) for its source, applied in order by `patch -p1`.",
    ),
}

_DEFAULT_REQUIRES = ["setuptools", "wheel"]

_HEAD = """load("@rules_distroless_python//rules/private/wheel:wheel.bzl", "wheel")
load("@rules_distroless_python//rules/private/wheel:wheel_from_sdist.bzl", "wheel_from_sdist")
"""

_BUILD = """
wheel_from_sdist(
    name = "{environment}_build",
    src = "{file}",
    architecture = "{architecture}",
    build_debs = {build_debs},
    build_requires = {build_requires},
    builder = {builder},
    builder_lock = "{builder_lock}",
    distribution = "{distribution}",
    hub = "@{hub}",
    patches = {patches},
    python = "{python}",
    release = "{release}",
    requires = {requires},
    sha256 = "{sha256}",
    timeout = {timeout},
    unbuildable = {unbuildable},
    version = "{version}",
)

wheel(
    name = "{environment}",
    src = ":{environment}_build",
    direct = {direct},
    distribution = "{distribution}",
    version = "{version}",
    visibility = ["//visibility:public"],
)
"""

def is_sdist(file):
    """Whether a file of the lock has to be built."""
    return file.get("kind", "wheel") == "sdist"

def image_environments(file):
    """The environments of a file that are images, not developers' machines: only those have a builder."""
    return [environment for environment in file["environments"] if not environment.startswith("python")]

def check_names(tag, lock):
    """Fails where the tag names a distribution that is not in the lock, or is not a source distribution.

    Args:
        tag: the `wheels` tag.
        lock: dict, its decoded lock.
    """
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
    """Names of the distributions that a build needs directly."""
    if name not in tag.build_requires:
        return [required for required in _DEFAULT_REQUIRES if required in lock["distributions"] and required != name]
    for required in tag.build_requires[name]:
        if required not in lock["distributions"]:
            fail("distroless.wheels(name = \"{}\"): build_requires of \"{}\" names \"{}\", which {} does not have. {}".format(
                tag.name,
                name,
                required,
                tag.lock,
                "Add it to requirements.in and lock again.",
            ))
    return tag.build_requires[name]

def _debs(tag, builder, name, architecture):
    """Labels of the packages that the root is made of."""
    packages = [package for package in tag.build_debs.get(name, []) if package in builder.lock["added"]]
    return ["@{}//:{}".format(builder.name, target) for target in [architecture] + [
        "{}_{}".format(architecture, package)
        for package in packages
    ]]

def _problem(tag, builder, name, environment):
    """Why there can be no wheel of a distribution for an environment; empty if there can."""
    release, _, _ = environment.rpartition("_")
    command = "bazel run @rules_distroless_python//tools:lock -- debian --builder --release {} --output ".format(release)
    if not builder:
        return "{} has no wheel for {} and is built from source, for which there is no builder. {}".format(
            name,
            environment,
            "Add distroless.builder(name = \"{release}_builder\", lock = \"//:{release}-builder.lock.json\") to MODULE.bazel; {lock}".format(
                lock = "lock it: {}{}-builder.lock.json".format(command, release),
                release = release,
            ),
        )
    missing = [package for package in tag.build_debs.get(name, []) if package not in builder.lock["added"]]
    if missing:
        return "build_debs of distroless.wheels(name = \"{}\") names {}, which {} does not have. {}".format(
            tag.name,
            " and ".join(missing),
            builder.label,
            "Add it: {}{} --also {}".format(command, lock_path(builder.label), " ".join(missing)),
        )
    return ""

def _patches(tag, name):
    """Labels of patches as the module that has the tag means them."""
    repository = str(tag.lock).partition("//")[0]
    return [repository + patch if patch.startswith("//") else patch for patch in tag.patches.get(name, [])]

def sdist_build_file(tag, lock, builders, name, file, closure_labels):
    """The BUILD file of a source distribution's repository.

    Args:
        tag: the `wheels` tag.
        lock: dict, its decoded lock.
        builders: dict, release to struct of the builder's `name`, `lock` and `label`.
        name: the distribution.
        file: dict, its file in the lock.
        closure_labels: function of names and an environment: labels of these distributions' wheels and their closure.

    Returns:
        string.
    """
    text = _HEAD
    for environment in image_environments(file):
        release, _, architecture = environment.rpartition("_")
        builder = builders.get(release)
        text += _BUILD.format(
            architecture = architecture,
            build_debs = json.encode(tag.build_debs.get(name, [])),
            build_requires = json.encode(_required(tag, lock, name)),
            builder_lock = lock_path(builder.label) if builder else "",
            builder = json.encode(_debs(tag, builder, name, architecture) if builder else []),
            direct = file.get("direct", False),
            distribution = name,
            environment = environment,
            file = file["file"],
            hub = tag.name,
            patches = json.encode(_patches(tag, name)),
            python = lock["environments"][environment]["python"],
            release = release,
            requires = json.encode(closure_labels(_required(tag, lock, name), environment)),
            sha256 = file["sha256"],
            timeout = tag.build_timeout,
            unbuildable = repr(_problem(tag, builder, name, environment)),
            version = file["version"],
        )
    return text
