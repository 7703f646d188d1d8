"""Transitions between the developer's machine and the image."""

visibility(["//rules/...", "//tests/..."])

_RELEASE = "//rules:release"
_ARCHITECTURE = "//rules:architecture"
_BASE = "//rules:base"
_DEBUG = "//rules:debug"
_SETTINGS = [_RELEASE, _ARCHITECTURE, _BASE, _DEBUG]

def release_of(base, release):
    """The release an image is for: as given, or as the base's label says it.

    Args:
        base: Label of the base.
        release: string attribute, may be empty.

    Returns:
        A word such as `debian13`, or an empty string if none can be told.
    """
    if release:
        return release
    text = str(base)
    at = text.find("debian")
    digits = "" if at == -1 else text[at + len("debian"):][:2]
    return "debian" + digits if digits.isdigit() else ""

def _architecture(settings, platform):
    if platform:
        return platform.split("/")[1] if "/" in platform else platform
    if settings[_ARCHITECTURE]:
        return settings[_ARCHITECTURE]
    return "arm64" if "aarch64" in str(settings["//command_line_option:cpu"]) or "arm64" in str(settings["//command_line_option:cpu"]) else "amd64"

def _image_impl(settings, attr):
    return {
        _ARCHITECTURE: _architecture(settings, attr.platform),
        _BASE: attr.base,
        _DEBUG: False,
        _RELEASE: release_of(attr.base, attr.release),
    }

# Towards what goes into an image: wheels are the image's, not the machine's. The rule has `base`, `release` and `platform`.
image_transition = transition(
    implementation = _image_impl,
    inputs = [_ARCHITECTURE, "//command_line_option:cpu"],
    outputs = _SETTINGS,
)

def _image_base_impl(settings, attr):
    return _image_impl(settings, attr) | {_DEBUG: attr.debug or settings[_DEBUG]}

# Towards an image's base: the same, and with a shell where `debug` asks for one; layers stay those of the base without.
image_base_transition = transition(
    implementation = _image_base_impl,
    inputs = [_ARCHITECTURE, _DEBUG, "//command_line_option:cpu"],
    outputs = _SETTINGS,
)

def _base_impl(settings, attr):
    _unused = attr  # @unused
    return {
        _ARCHITECTURE: settings[_ARCHITECTURE],
        _BASE: "//rules:no_base",
        _DEBUG: False,
        _RELEASE: "",
    }

# A base and its packages depend on the architecture only, so that every image in the workspace shares them.
base_transition = transition(
    implementation = _base_impl,
    inputs = [_ARCHITECTURE],
    outputs = _SETTINGS,
)
