"""The extension `tools`: what the tools themselves need. It reads no lock of a user's, or a wrong one could not be locked again."""

load(":host_repository.bzl", "host_repository")
load(":locks.bzl", "read_lock")
load(":wheel_repositories.bzl", "WHEELS_TAG", "declare_wheels")

visibility("private")

def _tools_impl(module_ctx):
    for module in module_ctx.modules:
        for tag in module.tags.wheels:
            lock, problem = read_lock(module_ctx, tag, "wheels")
            if problem:
                fail(problem)
            declare_wheels(tag, lock, {}, {})
    host_repository(name = "rules_distroless_python_host")
    return module_ctx.extension_metadata(reproducible = True)

tools = module_extension(
    implementation = _tools_impl,
    doc = "The wheels of the tools.",
    tag_classes = {"wheels": WHEELS_TAG},
)
