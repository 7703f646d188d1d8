"""Names that a hub does not have and that people write all the same: other spellings, import names, slips."""

visibility(["//rules/private/extensions"])

_BUILD = """load("@rules_distroless_python//rules/private/wheel:unlocked.bzl", "unlocked")

unlocked(
    name = {name},
    reason = {reason},
    tags = ["manual"],
    visibility = ["//visibility:public"],
)
"""

def _slips(name):
    """What comes out where two neighbours change places, or a letter is lost or doubled."""
    slips = []
    for i in range(len(name)):
        slips.append(name[:i] + name[i + 1:])
        slips.append(name[:i] + name[i] + name[i:])
        slips.append(name[:i] + name[i + 1:i + 2] + name[i] + name[i + 2:])
    return slips

def unlocked_files(hub, lock_label, distributions):
    """The BUILD files of such names: they fail when they are used, and say what is meant and how to lock another one.

    Args:
        hub: string, the hub's name.
        lock_label: Label, of the lock.
        distributions: dict, as in the lock.

    Returns:
        dict, path to content.
    """
    meant = {}  # name -> targets
    for name, files in distributions.items():
        target = name.replace("-", "_")
        names = [name, name.replace("-", ".")]
        names += [module.partition(".")[0] for file in files for module in file.get("top_level", [])]
        if [file for file in files if file.get("direct")]:
            names += _slips(target)
        for other in names:
            if len(other) > 1 and other.replace(".", "").replace("-", "").replace("_", "").isalnum():
                meant.setdefault(other, {})[target] = True
    taken = {name.replace("-", "_"): True for name in distributions}
    return {
        name + "/BUILD.bazel": _BUILD.format(
            name = repr(name),
            reason = repr("@{hub}//{name}: {lock} has no distribution {name}; nearest: {nearest}. {remedy}".format(
                hub = hub,
                lock = lock_label,
                name = name,
                nearest = ", ".join(["@{}//{}".format(hub, target) for target in sorted(targets)[:3]]),
                remedy = "If it is another one, add it to the requirements and lock: bazel run @rules_distroless_python//tools:lock",
            )),
        )
        for name, targets in meant.items()
        # Folders that differ in upper and lower case only are one on some machines.
        if name.lower() not in taken and (name.lower() == name or name.lower() not in meant)
    }
