"""The extension that bazel_tools asks of buildozer; `bazel mod tidy` alone would use what it makes."""

def _empty_repository_impl(repository_ctx):
    repository_ctx.file("BUILD.bazel")

_empty_repository = repository_rule(implementation = _empty_repository_impl)

buildozer_binary = module_extension(
    implementation = lambda _module_ctx: _empty_repository(name = "buildozer_binary"),
)
