"""A source distribution from the hub to the image: built in Bazel's sandbox, patched, the same bytes twice."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

from nested import Nested

MODULE = """
dev.wheels(name = "source_pypi", lock = "//source:wheels.lock.json", patches = {"demo": ["//source:demo.patch"]})
use_repo(dev, "source_pypi")
"""
BUILD = """load("@rules_python//python:py_binary.bzl", "py_binary")
load("//rules:defs.bzl", "py_image", "py_image_test")

exports_files(["demo.patch"])

py_binary(
    name = "show",
    srcs = ["show.py"],
    tags = ["manual"],
    deps = ["@source_pypi//demo"],
)

py_image(
    name = "image",
    base = "@python3_debian13",
    binary = ":show",
)

py_image_test(
    name = "image_test",
    image = ":image",
    stdout = "^patched, in C$",
)
"""
SOURCES = {
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "backend.py": """import subprocess, sysconfig, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    include = "-I" + sysconfig.get_path("include")
    subprocess.run(["gcc", "-shared", "-fPIC", include, "-o", "demo.so", "demo.c"], check=True)
    with zipfile.ZipFile(f"{directory}/demo-1.0-py3-none-any.whl", "w") as wheel:
        wheel.write("demo.so")
        wheel.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n")
        wheel.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\n")
        wheel.writestr("demo-1.0.dist-info/RECORD", "")
    return "demo-1.0-py3-none-any.whl"
""",
    "demo.c": """#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "demo", "as it was", -1, NULL};
PyMODINIT_FUNC PyInit_demo(void) { return PyModule_Create(&module); }
""",
}
PATCH = """--- a/demo.c
+++ b/demo.c
@@ -1,3 +1,3 @@
 #include <Python.h>
-static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "demo", "as it was", -1, NULL};
+static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "demo", "patched, in C", -1, NULL};
 PyMODINIT_FUNC PyInit_demo(void) { return PyModule_Create(&module); }
"""


def test_a_source_distribution_in_an_image(nested: Nested) -> None:
    folder = nested.root / "source"
    folder.mkdir()
    sdist = folder / "demo-1.0.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        for name, text in SOURCES.items():
            info = tarfile.TarInfo(f"demo-1.0/{name}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    locked = {
        "version": "1.0",
        "file": sdist.name,
        "kind": "sdist",
        "sha256": hashlib.sha256(sdist.read_bytes()).hexdigest(),
        "url": sdist.as_uri(),
        "environments": ["debian13_amd64"],
    }
    environment = {"python": "3.13", "architecture": "amd64", "os": "linux", "libc": "glibc 2.41"}
    lock = {"format": 1, "kind": "wheels", "environments": {"debian13_amd64": environment}}
    (folder / "wheels.lock.json").write_text(json.dumps({**lock, "distributions": {"demo": [locked]}}))
    (folder / "BUILD.bazel").write_text(BUILD)
    (folder / "show.py").write_text("import demo\n\nprint(demo.__doc__)\n")
    (folder / "demo.patch").write_text(PATCH)
    with (nested.root / "MODULE.bazel").open("a") as module:
        module.write(MODULE)

    nested.bazel("test", "--noshow_progress", "--test_output=errors", "--disk_cache=", "//source:image_test")
    (wheel,) = nested.output_base.glob("execroot/_main/bazel-out/*/bin/external/*/debian13_amd64_build/demo-1.0-*.whl")
    assert wheel.name == "demo-1.0-cp313-cp313-linux_x86_64.whl"
    first = wheel.read_bytes()
    nested.bazel("clean")
    nested.bazel("build", "--noshow_progress", "--disk_cache=", "//source:image")
    assert wheel.read_bytes() == first
