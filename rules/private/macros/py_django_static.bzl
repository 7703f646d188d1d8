"""py_django_static: the static files of a Django site, collected at build time."""

load("//rules/private/image:collected_static.bzl", "collected_static")
load(":py_image.bzl", "py_image")

visibility(["//rules/..."])

def py_django_static(*, name, base, binary, settings, allow = {}, debs = [], env = {}, platform = "", tags = [], testonly = False, visibility = None):
    """What a Django site's own `collectstatic` makes, as a layer for `py_image(layers = ...)`.

    It runs at build time in the image of the site, with that image's Python and wheels, on a read-only root without network.
    The files are in the layer where the settings' `STATIC_ROOT` is in the image, so that WhiteNoise finds them, with the
    manifest and the compressed files of its storage.

    ```starlark
    py_django_static(
        name = "static",
        base = "@python3_debian13",
        binary = ":server",
        settings = "mysite.settings",
    )

    py_image(
        name = "image",
        args = ["--bind=0.0.0.0:8000", "mysite.wsgi"],
        base = "@python3_debian13",
        binary = ":server",
        console_script = "gunicorn",
        layers = [":static"],
    )
    ```

    Needs bubblewrap, and a machine that runs programs of the image.

    Args:
        name: the target's name.
        base: label of the base, that of the image.
        binary: label of the program or library with the site and its wheels, that of the image.
        settings: the settings module, `mysite.settings`.
        allow: as in `py_image`: the image of the site without the layer is verified, too.
        debs: Debian packages to add, as in `py_image`.
        env: dict of environment variables that the settings need, over the image's; they count here only.
        platform: as in `py_image`.
        tags: tags.
        testonly: bool.
        visibility: visibility.
    """
    site = name + ".site"
    py_image(
        name = site,
        allow = allow,
        base = base,
        binary = binary,
        debs = debs,
        module = "django",
        platform = platform,
        tags = tags + ["manual"],
        testonly = testonly,
        visibility = ["//visibility:private"],
    )
    collected_static(
        name = name,
        env = env,
        image = ":" + site,
        settings = settings,
        tags = tags,
        testonly = testonly,
        visibility = visibility,
    )
