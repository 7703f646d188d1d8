"""Reads the locks that tags name. What is wrong with one is an error of its own repository, not of the tool that writes it."""

load(":deb_repositories.bzl", "lock_path")

visibility(["//rules/private/extensions"])

_COMMANDS = {
    "debian": "debian --release <debian13>",
    "wheels": "wheels --requirements <requirements_lock.txt> --environment <debian13_amd64>",
}

def read_lock(module_ctx, tag, kind):
    """Decodes a lock.

    Args:
        module_ctx: the extension's context.
        tag: the tag that names the lock.
        kind: string, `debian` or `wheels`.

    Returns:
        A dict, and what is wrong with the file as text; one of the two is empty.
    """
    path = module_ctx.path(tag.lock)
    module_ctx.watch(path)
    if not path.exists:
        return {}, _problem(tag, kind, "there is no such file", "Make it")
    lock = json.decode(module_ctx.read(path), default = {})
    if type(lock) != "dict" or lock.get("format") != 1 or lock.get("kind") != kind:
        found = "format {}, kind {}".format(lock.get("format"), lock.get("kind")) if type(lock) == "dict" and lock else "no JSON object"
        return {}, _problem(tag, kind, "expected a lock of format 1, kind {}, found {}".format(kind, found), "Lock again")
    return lock, ""

def _problem(tag, kind, reason, remedy):
    return "{}: {}. {}: bazel run @rules_distroless_python//tools:lock -- {} --output {}".format(
        tag.lock,
        reason,
        remedy,
        _COMMANDS[kind],
        lock_path(tag.lock),
    )

def _unusable_repository_impl(repository_ctx):
    fail("\n" + repository_ctx.attr.reason)

unusable_repository = repository_rule(
    implementation = _unusable_repository_impl,
    doc = "Fails when it is used, which is later than the extension: the tool that makes the lock has to run before.",
    attrs = {"reason": attr.string(doc = "What is wrong, and what to do.", mandatory = True)},
)
