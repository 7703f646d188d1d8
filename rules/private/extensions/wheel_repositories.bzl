"""Repositories of a wheel hub: one a wheel, fetched only when used, and the hub."""

visibility(["//rules/private/extensions"])

WHEELS_TAG = tag_class(
    doc = "A hub of locked wheels: `@name//django` goes into the `deps` of `py_library`, `py_binary` and `py_test`.",
    attrs = {
        "lock": attr.label(
            doc = "The lock, as `tools:lock -- wheels` writes it.",
            mandatory = True,
        ),
        "name": attr.string(
            doc = "The hub's name.",
            mandatory = True,
        ),
    },
)

_WHEEL_BUILD = """load("@rules_distroless_python//rules/private:wheel.bzl", "wheel")

wheel(
    name = "wheel",
    src = "{file}",
    direct = {direct},
    distribution = "{distribution}",
    sha256 = "{sha256}",
    version = "{version}",
    visibility = ["//visibility:public"],
)
"""

_PACKAGE_BUILD = """load("@rules_distroless_python//rules/private:wheel_library.bzl", "wheel_library")

package(default_visibility = ["//visibility:public"])

wheel_library(
    name = "{name}",
    closure = {closure},
    wheel = {wheel},
)

alias(
    name = "pkg",
    actual = ":{name}",
)

filegroup(
    name = "whl",
    srcs = [":{name}"],
    output_group = "whl",
)
"""

_IMAGE_SETTING = """
config_setting(
    name = "{name}",
    flag_values = {{
        "@rules_distroless_python//rules:architecture": "{architecture}",
        "@rules_distroless_python//rules:release": "{release}",
    }},
)
"""

_MACHINE_SETTING = """
config_setting(
    name = "{name}",
    constraint_values = [
        "@platforms//cpu:{cpu}",
        "@platforms//os:{os}",
    ],
    flag_values = {{
        "@rules_distroless_python//rules:python_minor": "{python}",
        "@rules_distroless_python//rules:release": "",
    }},
)
"""

_CPUS = {"amd64": "x86_64", "arm64": "aarch64"}

def _wheel_repository_impl(repository_ctx):
    attr = repository_ctx.attr
    if attr.url:
        repository_ctx.download(url = attr.url, output = attr.file, sha256 = attr.sha256)
    else:
        python = repository_ctx.which("python3")
        if not python:
            fail("{}: python3 with pip is needed to fetch wheels that have no address in the lock, and is not on the PATH.".format(attr.file))
        result = repository_ctx.execute([
            python,
            repository_ctx.path(Label("//tools:distroless_python/lock/fetch_wheel.py")),
            "--file",
            attr.file,
            "--name",
            attr.distribution,
            "--version",
            attr.version,
            "--sha256",
            attr.sha256,
            "--output",
            ".",
        ])
        if result.return_code != 0:
            fail("\n" + result.stderr)
    repository_ctx.file("BUILD.bazel", _WHEEL_BUILD.format(
        direct = attr.direct,
        distribution = attr.distribution,
        file = attr.file,
        sha256 = attr.sha256,
        version = attr.version,
    ))

_wheel_repository = repository_rule(
    implementation = _wheel_repository_impl,
    doc = "One locked wheel, from where this machine's pip finds it, or from the lock's address.",
    attrs = {
        "direct": attr.bool(doc = "Whether the requirements name it."),
        "distribution": attr.string(doc = "Normalised name.", mandatory = True),
        "file": attr.string(doc = "File name.", mandatory = True),
        "sha256": attr.string(doc = "SHA-256 in hexadecimal.", mandatory = True),
        "url": attr.string(doc = "Address, where the lock has one."),
        "version": attr.string(doc = "Version.", mandatory = True),
    },
)

def _hub_repository_impl(repository_ctx):
    for path, content in repository_ctx.attr.files.items():
        repository_ctx.file(path, content)

_hub_repository = repository_rule(
    implementation = _hub_repository_impl,
    doc = "The targets of a hub.",
    attrs = {"files": attr.string_dict(doc = "Path to content.", mandatory = True)},
)

def _setting(name, environment):
    release, _, _ = name.rpartition("_")
    if release.startswith("python"):
        return _MACHINE_SETTING.format(
            name = name,
            cpu = _CPUS[environment["architecture"]],
            os = environment["os"],
            python = environment["python"],
        )
    return _IMAGE_SETTING.format(architecture = environment["architecture"], name = name, release = release)

def _select(choices, default, hub, lock_label, name):
    """A select() as text; the branch for other machines only where every environment has the same answer."""
    branches = {"//:" + environment: json.decode(value) for environment, value in choices.items()}
    if default != None:
        branches["@rules_distroless_python//rules:host"] = json.decode(default)
    return "select(\n{},\n        no_match_error = {},\n    )".format(
        json.encode_indent(branches, indent = "    ", prefix = "        "),
        repr("@{hub}//{name}: the lock {lock} has no wheel of {name} for this {what}; it has: {known}. Add it: {command}".format(
            command = "bazel run @rules_distroless_python//tools:lock -- wheels --environment <release or pythonX.Y>_<amd64 or arm64> ...",
            hub = hub,
            known = ", ".join(choices.keys()),
            lock = lock_label,
            name = name,
            what = "image (release and architecture) or this machine's Python",
        )),
    )

def _closure(distributions, start, environment):
    """Names of everything `start` requires, itself left out; in the order they are reached."""
    seen, queue = {start: True}, [start]
    for _ in range(len(distributions) + 1):
        following = []
        for name in queue:
            for file in distributions[name]:
                if environment in file["environments"]:
                    following.extend([r for r in file.get("requires", {}).get(environment, []) if r not in seen])
                    seen.update({r: True for r in file.get("requires", {}).get(environment, [])})
        if not following:
            break
        queue = following
    return [name for name in seen if name != start]

def _repository_name(distribution, file):
    return "whl_{}_{}".format(distribution.replace("-", "_"), file["sha256"][:12])

def _wheel_labels(distributions):
    """Distribution to environment to label."""
    return {
        name: {
            environment: "@{}//:wheel".format(_repository_name(name, file))
            for file in files
            for environment in file["environments"]
        }
        for name, files in distributions.items()
    }

def _package(tag, lock, labels, name):
    distributions = lock["distributions"]
    wheels = labels[name]
    closures = {
        environment: sorted([labels[r][environment] for r in _closure(distributions, name, environment)])
        for environment in wheels
    }
    text_wheels = {e: json.encode(w) for e, w in wheels.items()}
    text_closures = {e: json.encode(c) for e, c in closures.items()}
    same = {w + text_closures[e]: e for e, w in text_wheels.items()}
    universal = list(wheels.keys())[0] if len(same) == 1 else None
    target = name.replace("-", "_")
    return "{}/BUILD.bazel".format(target), _PACKAGE_BUILD.format(
        closure = _select(text_closures, text_closures[universal] if universal else None, tag.name, tag.lock, target),
        name = target,
        wheel = _select(text_wheels, text_wheels[universal] if universal else None, tag.name, tag.lock, target),
    )

def declare_wheels(tag, lock, declared):
    """Declares the repositories of one `wheels` tag.

    Args:
        tag: the tag.
        lock: dict, its decoded lock.
        declared: dict, the names of wheel repositories that are there; extended.
    """
    for name, files in lock["distributions"].items():
        for file in files:
            repository = _repository_name(name, file)
            if repository not in declared:
                declared[repository] = True
                _wheel_repository(
                    name = repository,
                    direct = file.get("direct", False),
                    distribution = name,
                    file = file["file"],
                    sha256 = file["sha256"],
                    url = file.get("url", ""),
                    version = file["version"],
                )
    labels = _wheel_labels(lock["distributions"])
    root = "package(default_visibility = [\"//visibility:public\"])\n" + "".join([
        _setting(name, environment)
        for name, environment in sorted(lock["environments"].items())
    ])
    files = dict([_package(tag, lock, labels, name) for name in sorted(lock["distributions"])])
    _hub_repository(name = tag.name, files = files | {"BUILD.bazel": root})
