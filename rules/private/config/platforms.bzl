"""How users name platforms: in OCI's words, or by the label of a Bazel platform that says so."""

visibility(["//rules/...", "//tests/..."])

_WORDS = {"aarch64": "arm64", "amd64": "amd64", "arm64": "arm64", "x86_64": "amd64"}

# The architecture of the build's target platform, for the attribute `target_architecture`: a transition cannot ask for it.
TARGET_ARCHITECTURE = select({
    Label("@platforms//cpu:aarch64"): "arm64",
    Label("@platforms//cpu:x86_64"): "amd64",
    "//conditions:default": "",
})

def oci_platform(text, where):
    """The platform in OCI's words.

    Args:
        text: string, `linux/arm64`, or a label whose name says its architecture: `//platforms:linux_aarch64`.
        where: string, the target and attribute, for messages.

    Returns:
        string, such as `linux/arm64`; a text in OCI's words, and an empty one, as it is.
    """
    if not text or (text.startswith("linux/") and ":" not in text):
        return text
    name = str(text).lower().split(":")[-1].split("/")[-1]
    found = {architecture: True for word, architecture in _WORDS.items() if word in name}
    if len(found) != 1:
        fail("{}: the name of the platform \"{}\" does not say its architecture. Write \"linux/amd64\" or \"linux/arm64\".".format(where, text))
    return "linux/" + found.keys()[0]
