"""The extension `distroless`: reads the locks and declares one small repository a package and a wheel."""

load(":base_repositories.bzl", "BASE_TAG", "declare_base")
load(":builder_repositories.bzl", "BUILDER_TAG", "declare_builder")
load(":locks.bzl", "read_lock", "unusable_repository")
load(":pythons_repository.bzl", "pythons_repository")
load(":sdists.bzl", "needed_builders")
load(":wheel_repositories.bzl", "WHEELS_TAG", "declare_wheels")

visibility(["//rules"])

def _declare_wheels(module_ctx, builders):
    """Declares a hub; a builder that no tag names is the lock beside the hub's."""

    def declare(tag, lock, declared):
        own = {}
        for release in needed_builders(lock):
            beside = struct(
                name = "{}_{}_builder".format(tag.name, release),
                lock = tag.lock.same_package_label("{}-builder.lock.json".format(release)),
                mirrors = {},
            )
            if release not in builders:
                found, _ = read_lock(module_ctx, beside, "debian")
                if found:
                    declare_builder(beside, found, declared)
                    own[release] = struct(label = beside.lock, lock = found, name = beside.name)
        declare_wheels(tag, lock, declared, builders | own)

    return declare

def _builders(module_ctx, module):
    """The builders of a module: release to name and lock."""
    builders = {}
    for tag in module.tags.builder:
        lock, problem = read_lock(module_ctx, tag, "debian")
        if problem:
            continue
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
    bases = []  # those of the root module, one a release: name and architectures
    releases = {}
    declared = {}  # names of the small repositories, which several tags may share
    for module in module_ctx.modules:
        declare_hub = _declare_wheels(module_ctx, _builders(module_ctx, module))
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
            lock, problem = read_lock(module_ctx, tag, kind)
            if problem:
                unusable_repository(name = tag.name, reason = problem)
                continue
            declare(tag, lock, declared)
            if module.is_root and tag in module.tags.base and lock["release"] not in releases:
                releases[lock["release"]] = True
                bases.append((tag.name, lock["architectures"]))
    pythons_repository(
        name = "rules_distroless_python_pythons",
        amd64 = ["@{}//:amd64".format(name) for name, architectures in bases if "amd64" in architectures],
        arm64 = ["@{}//:arm64".format(name) for name, architectures in bases if "arm64" in architectures],
    )
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
