"""Repositories of a wheel hub: one a wheel, fetched only when used, and the hub."""

load("@bazel_tools//tools/build_defs/repo:utils.bzl", "read_netrc", "read_user_netrc", "use_netrc")
load(":sdists.bzl", "SDIST_ATTRS", "check_names", "is_image", "is_sdist", "sdist_build_file")
load(":unlocked.bzl", "unlocked_files")

visibility(["//rules/private/extensions"])

_MAX_LAYER_SIZE = 1024  # MiB

WHEELS_TAG = tag_class(
    doc = "A hub of locked wheels: `@name//django` goes into the `deps` of `py_library`, `py_binary` and `py_test`.",
    attrs = SDIST_ATTRS | {
        "exclude": attr.string_list_dict(
            doc = """Distribution to patterns of files that are left out, as paths below site-packages, for example
`{"pkg": ["tests/**"]}`: where two wheels ship other files under the same path.""",
        ),
        "lock": attr.label(
            doc = "The lock, as `tools:lock -- wheels` writes it.",
            mandatory = True,
        ),
        "max_layer_size": attr.int(
            default = _MAX_LAYER_SIZE,
            doc = """MiB. A wheel file that is larger becomes several layers, each of whole files: registries take layers up to a limit, and with an
update of the wheel only layers whose files changed are new. Python sources and files below 1 MiB stay in the first. 0: never. Wheels that are
built from source, and those of `pip.parse`, are one layer each.""",
        ),
        "name": attr.string(
            doc = "The hub's name.",
            mandatory = True,
        ),
    },
)

_WHEEL_BUILD = """load("@rules_distroless_python//rules/private/wheel:wheel.bzl", "wheel")

wheel(
    name = "wheel",
    src = "{file}",
    direct = {direct},
    distribution = "{distribution}",
    exclude = {exclude},
    parts = {parts},
    sha256 = "{sha256}",
    version = "{version}",
    visibility = ["//visibility:public"],
)
"""

_PACKAGE_BUILD = """load("@rules_distroless_python//rules/private/wheel:wheel_library.bzl", "wheel_library")

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
        "@rules_distroless_python//rules:image_release": "{release}",
    }},
    visibility = ["//visibility:public"],
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
        "@rules_distroless_python//rules:image_release": "",
    }},
    visibility = ["//visibility:public"],
)
"""

_CPUS = {"amd64": "x86_64", "arm64": "aarch64"}

def _auth(repository_ctx, url):
    """The login for an address, from the file that pip takes it from too: $NETRC or ~/.netrc."""
    file = repository_ctx.os.environ.get("NETRC", "")
    if file and repository_ctx.path(file).exists:
        return use_netrc(read_netrc(repository_ctx, file), [url], {})
    return use_netrc(read_user_netrc(repository_ctx), [url], {})

def _parts(repository_ctx):
    """How many layers the wheel is: the first has what is small, the others have room for sizes as they are rounded."""
    limit = repository_ctx.attr.max_layer_size << 20
    measured = repository_ctx.execute(["wc", "-c", repository_ctx.attr.file]) if limit else None
    if not measured or measured.return_code != 0:  # Windows
        return 1
    layers = -(-int(measured.stdout.strip().partition(" ")[0]) // limit)
    return 1 if layers == 1 else 2 * layers

def _wheel_repository_impl(repository_ctx):
    attr = repository_ctx.attr
    if attr.url:
        repository_ctx.download(auth = _auth(repository_ctx, attr.url), url = attr.url, output = attr.file, sha256 = attr.sha256)
    else:
        python = repository_ctx.which("python3")
        if not python:
            fail("{}: python3 with pip is needed to fetch wheels that have no address in the lock, and is not on the PATH.".format(attr.file))
        result = repository_ctx.execute([
            python,
            repository_ctx.path(Label("//tools/distroless_python/fetch:wheel.py")),
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
    repository_ctx.file("BUILD.bazel", attr.build or _WHEEL_BUILD.format(
        direct = attr.direct,
        distribution = attr.distribution,
        exclude = json.encode(attr.exclude),
        file = attr.file,
        parts = 1 if attr.build else _parts(repository_ctx),
        sha256 = attr.sha256,
        version = attr.version,
    ))

_wheel_repository = repository_rule(
    implementation = _wheel_repository_impl,
    doc = "One locked file, from where this machine's pip finds it, or from the lock's address.",
    attrs = {
        "build": attr.string(doc = "The BUILD file; by default that of a wheel."),
        "direct": attr.bool(doc = "Whether the requirements name it."),
        "distribution": attr.string(doc = "Normalised name.", mandatory = True),
        "exclude": attr.string_list(doc = "Patterns of files that are left out."),
        "file": attr.string(doc = "File name.", mandatory = True),
        "max_layer_size": attr.int(default = _MAX_LAYER_SIZE, doc = "MiB; 0 for one layer in any case."),
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
        repr("@{hub}//{name}: the lock {lock} has no wheel of {name} for this {what}; it has: {known}. {remedy}".format(
            remedy = "Add it: bazel run @rules_distroless_python//tools:lock -- wheels --environment <release or pythonX.Y>_<amd64 or arm64> ...",
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

def _repository_name(tag, distribution, file):
    # A source distribution is built as its hub says; a wheel is the same in every hub that says nothing of its layers.
    own = distribution in tag.exclude or tag.max_layer_size != _MAX_LAYER_SIZE
    kind = "sdist_" + tag.name if is_sdist(file) else "whl_" + tag.name if own else "whl"
    return "{}_{}_{}".format(kind, distribution.replace("-", "_"), file["sha256"][:12])

def _build_repository_name(name, wheel):
    """Another name than a hub's wheel has: that one may be what the requirements name, which its metadata says."""
    return "build_{}_{}".format(wheel["distribution"].replace("-", "_"), wheel["sha256"][:12])

def _wheel_labels(tag, distributions):
    """Distribution to environment to label."""
    labels = {}
    for name, files in distributions.items():
        labels[name] = {}
        for file in files:
            repository = _repository_name(tag, name, file)
            if is_sdist(file):
                labels[name].update({e: "@{}//:{}".format(repository, e) for e in file["environments"]})
            else:
                labels[name].update({e: "@{}//:wheel".format(repository) for e in file["environments"]})
    return labels

def _package(tag, lock, labels, name):
    distributions = lock["distributions"]
    needed = {environment: _closure(distributions, name, environment) for environment in labels[name]}
    wheels = {
        environment: label
        for environment, label in labels[name].items()
        if all([environment in labels[r] for r in needed[environment]])
    }
    closures = {environment: sorted([labels[r][environment] for r in needed[environment]]) for environment in wheels}
    target = name.replace("-", "_")
    if not wheels:
        return "{}/BUILD.bazel".format(target), "# No image in the lock has it with all that it requires.\n"
    text_wheels = {e: json.encode(w) for e, w in wheels.items()}
    text_closures = {e: json.encode(c) for e, c in closures.items()}
    everything = {r: True for names in needed.values() for r in [name] + names}
    compiled = [r for r in everything if [f for f in distributions[r] if is_sdist(f) and not f.get("pure")]]

    # Of pure Python, the repository is the answer; its target only says which Python builds it.
    same = {json.encode([label.partition("//")[0] for label in [w] + closures[e]]): e for e, w in wheels.items()}
    machines = [e for e in wheels if not is_image(e)] + list(wheels)
    universal = machines[0] if len(same) == 1 and not compiled else None
    return "{}/BUILD.bazel".format(target), _PACKAGE_BUILD.format(
        closure = _select(text_closures, text_closures[universal] if universal else None, tag.name, tag.lock, target),
        name = target,
        wheel = _select(text_wheels, text_wheels[universal] if universal else None, tag.name, tag.lock, target),
    )

def declare_wheels(tag, lock, declared, builders):
    """Declares the repositories of one `wheels` tag.

    Args:
        tag: the tag.
        lock: dict, its decoded lock.
        declared: dict, the names of wheel repositories that are there; extended.
        builders: dict, release to struct of its builder, for source distributions.
    """
    check_names(tag, lock)
    labels = _wheel_labels(tag, lock["distributions"])

    def closure_labels(names, environment):
        everything = {r: True for name in names for r in [name] + _closure(lock["distributions"], name, environment)}
        return {r: labels[r][environment] for r in everything if environment in labels[r]}

    build_wheels = lock.get("build_wheels", {})

    def build_labels(names):
        return {
            build_wheels[name]["distribution"]: "@{}//:wheel".format(_build_repository_name(name, build_wheels[name]))
            for name in names
        }

    for name, wheel in build_wheels.items():
        repository = _build_repository_name(name, wheel)
        if repository not in declared:
            declared[repository] = True
            _wheel_repository(
                name = repository,
                distribution = wheel["distribution"],
                file = name,
                sha256 = wheel["sha256"],
                url = wheel.get("url", ""),
                version = wheel["version"],
            )
    for name, files in lock["distributions"].items():
        for file in files:
            repository = _repository_name(tag, name, file)
            if repository not in declared:
                declared[repository] = True
                _wheel_repository(
                    name = repository,
                    build = sdist_build_file(tag, lock, builders, name, file, build_labels, closure_labels) if is_sdist(file) else "",
                    direct = file.get("direct", False),
                    distribution = name,
                    exclude = tag.exclude.get(name, []),
                    file = file["file"],
                    max_layer_size = tag.max_layer_size,
                    sha256 = file["sha256"],
                    url = file.get("url", ""),
                    version = file["version"],
                )
    root = "package(default_visibility = [\"//visibility:public\"])\n" + "".join([
        _setting(name, environment)
        for name, environment in sorted(lock["environments"].items())
    ])
    files = unlocked_files(tag.name, tag.lock, lock["distributions"])
    files |= dict([_package(tag, lock, labels, name) for name in sorted(lock["distributions"])])
    _hub_repository(name = tag.name, files = files | {"BUILD.bazel": root})
