"""Transitions between the developer's machine and the image."""

load("@rules_python//python:versions.bzl", "MINOR_MAPPING")
load(":releases.bzl", "PYTHON_OF")

visibility(["//rules/...", "//tests/..."])

_RELEASE = "//rules:release"
_ARCHITECTURE = "//rules:architecture"
_BASE = "//rules:base"
_DEBUG = "//rules:debug"
_PYTHON = "//rules:python"
_PLATFORMS = "//command_line_option:platforms"
_HOST_PLATFORM = "//command_line_option:host_platform"
_TOOLCHAINS = "//command_line_option:extra_toolchains"
_CPU = "//command_line_option:cpu"
_HOST_CPU = "//command_line_option:host_cpu"
_PYTHON_VERSION = "@rules_python//python/config_settings:python_version"

# What `pip.parse` chooses wheels by. Debian's old rules_python takes no version of today, and its wheels are our hub's.
_PIP = [_PYTHON_VERSION] if "3.13" in MINOR_MAPPING else []
_SETTINGS = [_RELEASE, _ARCHITECTURE, _BASE, _DEBUG, _PYTHON]

_OWN_PYTHON = "_py"  # in a release's name: what follows is the Python of an interpreter that is not Debian's

_PLATFORM_OF = {"amd64": "//rules:linux_amd64", "arm64": "//rules:linux_arm64"}
_IMAGE_TOOLCHAINS = str(Label("//rules/private/config/runtimes:all"))

def release_of(base, release):
    """The release an image is for: as given, or as the base's label says it (the last one in it).

    Args:
        base: Label of the base.
        release: string attribute, may be empty.

    Returns:
        A word such as `debian13`, or an empty string if none can be told.
    """
    if release:
        return release
    words = [word for word in str(base).split("debian")[1:] if word[:2].isdigit()]
    if not words:
        return ""
    number, rest = words[-1][:2], words[-1][2:]
    digits = rest[len(_OWN_PYTHON):].split("/")[0].split("_")[0] if rest.startswith(_OWN_PYTHON) else ""
    return "debian" + number + (_OWN_PYTHON + digits if digits.isdigit() else "")

def python_of(release):
    """The Python of a release: `debian13_py314` has 3.14, whatever Debian's is.

    Args:
        release: string, as `release_of` returns it.

    Returns:
        string, such as `3.14`; empty where it is not known.
    """
    digits = release.partition(_OWN_PYTHON)[2]
    return digits[:1] + "." + digits[1:] if digits else PYTHON_OF.get(release, "")

def _architecture(settings, attr):
    if attr.platform:
        return attr.platform.split("/")[1]
    if settings[_ARCHITECTURE]:
        return settings[_ARCHITECTURE]
    cpu = str(settings[_CPU])
    return attr.target_architecture or ("arm64" if "aarch64" in cpu or "arm64" in cpu else "amd64")

def _image_impl(settings, attr):
    architecture = _architecture(settings, attr)
    release = release_of(attr.base, attr.release)
    python = attr.python_version or python_of(release)
    toolchains = [name for name in settings[_TOOLCHAINS] if name != _IMAGE_TOOLCHAINS]
    return {
        _ARCHITECTURE: architecture,
        _BASE: attr.base,
        _DEBUG: False,
        _PLATFORMS: str(settings[_PLATFORM_OF[architecture]]),
        _PYTHON: python,
        _RELEASE: release,
        _TOOLCHAINS: toolchains + [_IMAGE_TOOLCHAINS],  # the last one is preferred
    } | {flag: python or settings[flag] for flag in _PIP}

_IMAGE_INPUTS = [_ARCHITECTURE, _CPU, _TOOLCHAINS] + _PLATFORM_OF.values() + _PIP
_IMAGE_OUTPUTS = _SETTINGS + [_PLATFORMS, _TOOLCHAINS] + _PIP

# Towards what goes into an image: wheels are the image's, not the machine's. The rule has `base`, `release`, `platform`,
# `target_architecture` and `python_version`.
image_transition = transition(
    implementation = _image_impl,
    inputs = _IMAGE_INPUTS,
    outputs = _IMAGE_OUTPUTS,
)

def _image_base_impl(settings, attr):
    return _image_impl(settings, attr) | {_DEBUG: attr.debug or settings[_DEBUG]}

# Towards an image's base: the same, and with a shell where `debug` asks for one; layers stay those of the base without.
image_base_transition = transition(
    implementation = _image_base_impl,
    inputs = _IMAGE_INPUTS + [_DEBUG],
    outputs = _IMAGE_OUTPUTS,
)

_NO_IMAGE = {
    _BASE: "//rules:no_base",
    _DEBUG: False,
    _PYTHON: "",
    _RELEASE: "",
} | {flag: "" for flag in _PIP}

def _base_impl(settings, attr):
    _unused = attr  # @unused
    return _NO_IMAGE | {
        _ARCHITECTURE: settings[_ARCHITECTURE],
        _TOOLCHAINS: [name for name in settings[_TOOLCHAINS] if name != _IMAGE_TOOLCHAINS],
    }

def _compiler_impl(settings, attr):
    architecture = "arm64" if settings[_HOST_CPU] in ("aarch64", "arm64", "darwin_arm64") else "amd64"
    return _base_impl(settings, attr) | {
        _ARCHITECTURE: architecture,
        _PLATFORMS: str(settings[_PLATFORM_OF[architecture]]),
    }

# Towards the interpreter that compiles what goes into images: for the machine that builds, whatever the image is for, and in
# the same configuration as that of images for this machine, so that its packages are laid once.
compiler_transition = transition(
    implementation = _compiler_impl,
    inputs = [_ARCHITECTURE, _HOST_CPU, _TOOLCHAINS] + _PLATFORM_OF.values(),
    outputs = _SETTINGS + [_PLATFORMS, _TOOLCHAINS] + _PIP,
)

# A base and its packages depend on the architecture only, so that every image in the workspace shares them.
base_transition = transition(
    implementation = _base_impl,
    inputs = [_ARCHITECTURE, _TOOLCHAINS],
    outputs = _SETTINGS + [_TOOLCHAINS] + _PIP,
)

def _tool_impl(settings, attr):
    return _base_impl(settings, attr) | {_ARCHITECTURE: ""}

# Towards what actions run: flags of the image reach even the tools' configuration.
tool_transition = transition(
    implementation = _tool_impl,
    inputs = [_ARCHITECTURE, _TOOLCHAINS],
    outputs = _SETTINGS + [_TOOLCHAINS] + _PIP,
)

def _host_impl(settings, attr):
    return _tool_impl(settings, attr) | {_PLATFORMS: str(settings[_HOST_PLATFORM])}

# Towards what `bazel run` starts: a remote executor's Python, or the image's, is not there.
host_transition = transition(
    implementation = _host_impl,
    inputs = [_ARCHITECTURE, _HOST_PLATFORM, _TOOLCHAINS],
    outputs = _SETTINGS + [_PLATFORMS, _TOOLCHAINS] + _PIP,
)
