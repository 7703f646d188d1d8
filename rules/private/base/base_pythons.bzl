"""base_pythons: the interpreters of bases, for a tool that runs them."""

load("//rules/private/providers:py_base_info.bzl", "PyBaseInfo")
load(":base_aspect.bzl", "base_aspect")

visibility("public")

def _base_pythons_impl(ctx):
    # A file beside them, so that there is one without bases too: $(rootpaths) wants one.
    mark = ctx.actions.declare_file(ctx.label.name + ".txt")
    ctx.actions.write(mark, "".join([str(base.label) + "\n" for base in ctx.attr.bases]))
    pythons = [base[PyBaseInfo].interpreter for base in ctx.attr.bases if PyBaseInfo in base]
    files = depset([mark] + pythons)
    return [DefaultInfo(files = files, runfiles = ctx.runfiles(transitive_files = files))]

base_pythons = rule(
    implementation = _base_pythons_impl,
    doc = "The `interpreter/` directories of bases, and a text file that names the bases.",
    attrs = {
        "bases": attr.label_list(
            aspects = [base_aspect],
            doc = "Bases: OCI layouts.",
        ),
    },
)
