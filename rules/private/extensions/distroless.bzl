"""The extension `distroless`: reads the locks and declares one small repository a package and a wheel."""

load(":base_repositories.bzl", "BASE_TAG", "declare_base")
load(":builder_repositories.bzl", "BUILDER_TAG", "declare_builder")
load(":deb_repositories.bzl", "lock_path")
load(":host_repository.bzl", "host_repository")
load(":wheel_repositories.bzl", "WHEELS_TAG", "declare_wheels")

visibility(["//rules"])

_LOCK_AGAIN = {
    "debian": "debian --release <debian13>",
    "wheels": "wheels --requirements <requirements_lock.txt> --environment <debian13_amd64>",
}

def _read_lock(module_ctx, tag, kind):
    lock = json.decode(module_ctx.read(module_ctx.path(tag.lock)), default = {})
    if type(lock) != "dict" or lock.get("format") != 1 or lock.get("kind") != kind:
        found = "format {}, kind {}".format(lock.get("format"), lock.get("kind")) if type(lock) == "dict" and lock else "no JSON object"
        fail("{}: expected a lock of format 1, kind {}, found {}. Lock again: bazel run @rules_distroless_python//tools:lock -- {} --output {}".format(
            tag.lock,
            kind,
            found,
            _LOCK_AGAIN[kind],
            lock_path(tag.lock),
        ))
    return lock

def _declare_wheels(builders):
    return lambda tag, lock, declared: declare_wheels(tag, lock, declared, builders)

def _builders(module_ctx, module):
    """The builders of a module: release to name and lock."""
    builders = {}
    for tag in module.tags.builder:
        lock = _read_lock(module_ctx, tag, "debian")
        if lock["release"] in builders:
            fail("distroless.builder: \"{}\" and \"{}\" are both of {}; keep one.".format(
                builders[lock["release"]].name,
                tag.name,
                lock["release"],
            ))
        builders[lock["release"]] = struct(label = tag.lock, lock = lock, name = tag.name)
    return builders

def _distroless_impl(module_ctx):
    names = {}  # repository name -> where it was declared
    declared = {}  # names of the small repositories, which several tags may share
    for module in module_ctx.modules:
        declare_hub = _declare_wheels(_builders(module_ctx, module))
        for tag, kind, declare in (
            [(tag, "debian", declare_base) for tag in module.tags.base] +
            [(tag, "debian", declare_builder) for tag in module.tags.builder] +
            [(tag, "wheels", declare_hub) for tag in module.tags.wheels]
        ):
            if tag.name in names:
                fail("distroless: the name \"{}\" in module \"{}\" is taken by {}; give one of them another name.".format(
                    tag.name,
                    module.name,
                    names[tag.name],
                ))
            names[tag.name] = "module \"{}\"".format(module.name)
            declare(tag, _read_lock(module_ctx, tag, kind), declared)
    host_repository(name = "rules_distroless_python_host")
    return module_ctx.extension_metadata(reproducible = True)

distroless = module_extension(
    implementation = _distroless_impl,
    doc = "Bases and wheels from their lock files.",
    tag_classes = {
        "base": BASE_TAG,
        "builder": BUILDER_TAG,
        "wheels": WHEELS_TAG,
    },
)
