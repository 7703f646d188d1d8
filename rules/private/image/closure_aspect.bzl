"""closure_aspect: walks a py_binary's dependencies for wheels and finds its main file."""

load("@rules_python//python:py_runtime_info.bzl", "PyRuntimeInfo")
load("//rules/private/actions:actions.bzl", "TOOL_ATTRS")
load("//rules/private/pip_parse:distribution_aspect.bzl", "distributed_script", "extracted_distribution")
load("//rules/private/providers:py_wheel_info.bzl", "PyWheelInfo")

visibility(["//rules/...", "//tests/..."])

ClosureInfo = provider(
    doc = "What an image needs to know about a Python target and does not find in its runfiles.",
    fields = {
        "changed": "depset of string: distributions whose files are others than their wheel's.",
        "main": "File or None: the main file, for an executable target.",
        "outside": """depset of string: repositories whose runfiles are not part of the app: those of distributions that have layers
of their own, and of the interpreter.""",
        "script": "File or None: a distribution's script as its wheel has it, where this target is the script for this machine.",
        "wheels": "depset of struct: as in PyWheelInfo.closure.",
    },
)

_EDGES = ["deps", "data", "actual", "srcs"]

def _main_file(target, attributes):
    named = getattr(attributes, "main", None)
    if type(named) == "Target":
        files = named[DefaultInfo].files.to_list()  # one source file
        return files[0] if files else None
    sources = [f for s in getattr(attributes, "srcs", []) for f in s[DefaultInfo].files.to_list() if f.extension == "py"]
    for source in sources:
        if source.basename == target.label.name.split("/")[-1] + ".py":
            return source
    return sources[0] if len(sources) == 1 else None

def _runtime_repository(target):
    runtime = target[PyRuntimeInfo] if PyRuntimeInfo in target else None
    return [runtime.interpreter.owner.repo_name] if runtime and runtime.interpreter else []

def _closure_aspect_impl(target, ctx):
    below = []
    for name in _EDGES:
        value = getattr(ctx.rule.attr, name, None)
        for dep in (value if type(value) == "list" else [value]):
            if type(dep) == "Target" and ClosureInfo in dep:
                below.append(dep[ClosureInfo])
    wheels = [info.wheels for info in below]
    scripts = [info.script for info in below if info.script]
    if PyWheelInfo in target:
        wheels.append(target[PyWheelInfo].closure)
    extracted = extracted_distribution(target, ctx, scripts)
    executable = target[DefaultInfo].files_to_run
    return [ClosureInfo(
        main = _main_file(target, ctx.rule.attr) if executable and executable.executable else None,
        outside = depset(
            _runtime_repository(target) + ([extracted.repository] if extracted else []),
            transitive = [info.outside for info in below],
        ),
        script = distributed_script(target, ctx),
        changed = depset([extracted.wheel.distribution] if extracted and extracted.changed else [], transitive = [info.changed for info in below]),
        wheels = depset([extracted.wheel] if extracted else [], transitive = wheels),
    )]

closure_aspect = aspect(
    implementation = _closure_aspect_impl,
    doc = "Collects the wheels below a target.",
    attr_aspects = _EDGES,
    attrs = TOOL_ATTRS | {
        "_base": attr.label(default = "//rules:current_base"),
    },
)
