"""The images of a package go into its BUILD file."""

from __future__ import annotations

from collections.abc import Iterable

from distroless_python.generate.decide.images import Image
from distroless_python.generate.decide.plan import IMAGE_TEST_FILE
from distroless_python.generate.read.buildfacts import has_keep
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.targets import IMAGE, IMAGE_TEST, LIBRARY, LOAD, PUSH, STATIC
from distroless_python.generate.read.workspace import OWN_MODULE, Workspace
from distroless_python.generate.starlark.nodes import argument, text_argument
from distroless_python.generate.starlark.order import arranged
from distroless_python.generate.starlark.values import Value
from distroless_python.generate.write.edit import Editor


def merge_images(editor: Editor, package: Package, images: Iterable[Image], workspace: Workspace) -> None:
    """Writes the images of a package; of one that is there only the base is kept up to date."""
    for image in images:
        if image.stale:
            _remove(editor, package, image)
            continue
        rule = editor.find_rule(image.name)
        if rule is None:
            static = _add_static(editor, image, workspace)
            starts: Value = {"env": dict(image.environment)} if image.environment else True
            attributes: dict[str, Value] = {
                "name": image.name,
                "args": list(image.args),
                "base": image.base,
                "binary": image.binary,
                "console_script": image.console_script,
                "debs": list(image.debs),
                "exposed_ports": [f"{image.port}/tcp"] if image.port else [],
                "layers": [f":{image.static}"] if static else [],
                "module": image.module,
                "starts": starts if image.port else False,
                "symlinks": dict(image.written.symlinks),
                "visibility": arranged(package.settings.all_visibility()),
                "volumes": list(image.written.volumes),
            }
            editor.add_rule(IMAGE, attributes)
        elif text_argument(rule.rule, "base") not in ("", image.base):
            comments = rule.file.comments_of_rule(rule.rule)
            base = argument(rule.rule, "base")
            if not has_keep(comments + (rule.file.comments_of(base) if base else [])):
                editor.set_attribute(rule, "base", image.base)
        label = f":{image.name}"
        if editor.find_rule(image.load) is None:
            editor.add_rule(LOAD, {"name": image.load, "image": label, "tag": image.tag})
        if editor.find_rule(image.push) is None:
            editor.add_rule(PUSH, {"name": image.push, "image": label, "repository": image.repository})
        if image.test:
            name = image.test[: -len(".py")]
            editor.add_rule(IMAGE_TEST, {"name": name, "image": label, "main": image.test, "port": image.test_port})
        for kind in (IMAGE, LOAD, PUSH, *([IMAGE_TEST] if image.test else [])):
            editor.add_load(workspace.load_label(OWN_MODULE, "//rules:defs.bzl"), kind)
    _remove_stale_tests(editor, package)


def _add_static(editor: Editor, image: Image, workspace: Workspace) -> bool:
    """Adds what collects the static files of a site that gets an image; says whether there is something."""
    if not image.static or editor.find_rule(image.static) is not None:
        return False
    attributes: dict[str, Value] = {
        "name": image.static,
        "base": image.base,
        "binary": image.binary,
        "env": dict(image.environment),
        "settings": image.settings,
    }
    editor.add_rule(STATIC, attributes)
    editor.add_load(workspace.load_label(OWN_MODULE, "//rules:defs.bzl"), STATIC)
    return True


def _remove(editor: Editor, package: Package, image: Image) -> None:
    editor.remove_rule(image.name)
    for rule in package.build.rules:
        of_image = rule.kind in (LOAD, PUSH, IMAGE_TEST) and rule.text("image") == f":{image.name}"
        if (of_image or (rule.kind == STATIC and rule.text("binary") == image.binary)) and not rule.keep:
            editor.remove_rule(rule.name)
    server = next((rule for rule in package.build.rules if rule.name == image.binary[1:]), None)
    if server is not None and server.kind == LIBRARY and not server.srcs.names:
        editor.remove_rule(server.name)
    for kind in (IMAGE, LOAD, PUSH, IMAGE_TEST, STATIC, LIBRARY):
        editor.remove_load(kind)


def _remove_stale_tests(editor: Editor, package: Package) -> None:
    """Tests of images whose source is gone."""
    for rule in package.build.rules:
        main = rule.text("main").removeprefix(":")
        if rule.kind != IMAGE_TEST or rule.keep or not main.endswith(IMAGE_TEST_FILE) or main.startswith(("//", "@")):
            continue
        if main not in package.sources and main not in package.ignored and editor.find_rule(rule.name) is not None:
            editor.remove_rule(rule.name)
            editor.remove_load(IMAGE_TEST)
