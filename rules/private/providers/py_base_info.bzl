"""PyBaseInfo: a base image and what was read from it, once."""

visibility(["//rules/...", "//tests/..."])

def _init(*, architecture, builder, bytecode, compiler, contents, files, interpreter, layout, profile, python, added = [], compiler_packages = None, layers = 0, left_out = [], lock = "", packages = None, recipe = "", release = ""):
    return {
        "added": added,
        "architecture": architecture,
        "builder": builder,
        "bytecode": bytecode,
        "compiler": compiler,
        "compiler_packages": compiler_packages or depset(),
        "contents": contents,
        "files": files,
        "interpreter": interpreter,
        "layers": layers,
        "layout": layout,
        "left_out": left_out,
        "lock": lock,
        "packages": packages or depset(),
        "profile": profile,
        "python": python,
        "recipe": recipe,
        "release": release,
    }

PyBaseInfo, _new = provider(
    doc = "A base image with Python, and what layers and verification need to know of it. A `distroless_base` gives it, and an aspect on any other OCI layout.",
    init = _init,
    fields = {
        "added": "list of string: the Debian packages that its lock has for `py_image(debs = ...)`.",
        "architecture": "string: the architecture that was read from the layout, in Go's words (`amd64`, `arm64`).",
        "bytecode": "struct, as in PyLayerInfo.layers: the bytecode of its standard library; without files where it comes with its own.",
        "builder": "File: a directory with the same Python for the machine that builds: it builds wheels.",
        "compiler": "File: a directory with what of that compiles.",
        "compiler_packages": "depset of struct, as in PyLayerInfo.layers: what the compiler was taken out of, where it is of another architecture than the base.",
        "contents": "File: contents.json, what is in its files.",
        "files": "depset of File: the layout, and what its blobs are links to.",
        "interpreter": "File: a directory with the base's own interpreter.",
        "layers": "int: how many layers it has; 0 where only its files say it.",
        "layout": "File: the OCI layout directory.",
        "left_out": "list of string: the parts that it does without, as `keep` of `distroless.base` calls them; empty unless it is slim.",
        "lock": "string: path in the workspace of the lock it was made from; empty for one that was pulled.",
        "packages": "depset of struct, as in PyLayerInfo.layers: what the base was made of; empty for one that was pulled.",
        "profile": "File: profile.json, what it is like (release, Python and glibc versions, layers, packages).",
        "python": "File: python.json, all that a layer has to know of it.",
        "recipe": "string: JSON, how it is put together again of its packages; empty for one that was pulled.",
        "release": "string: its release, such as `debian13`; empty for one that was pulled, whose files say it.",
    },
)
