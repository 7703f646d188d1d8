"""The Python of this machine, for toolchains that do not say their version."""

visibility(["//rules/private/extensions"])

def _host_repository_impl(repository_ctx):
    version = "unknown"
    python = repository_ctx.which("python3")
    if python:
        result = repository_ctx.execute([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        version = result.stdout.strip() if result.return_code == 0 else version
    repository_ctx.file("BUILD.bazel", "exports_files([\"host.bzl\"])\n")
    repository_ctx.file("host.bzl", "\"\"\"What was found on this machine.\"\"\"\n\nHOST_PYTHON = \"{}\"\n".format(version))

host_repository = repository_rule(
    implementation = _host_repository_impl,
    doc = "Writes the `X.Y` of the machine's `python3` into host.bzl.",
    environ = ["PATH"],
)
