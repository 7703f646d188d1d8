"""An image with a wheel that needs a desktop's libraries: the message, followed to the letter, makes it run."""

from __future__ import annotations

import re
import shlex

import pytest
from nested import Nested

BUILD = """load("@rules_python//python:py_binary.bzl", "py_binary")
load("//rules:defs.bzl", "py_image", "py_image_test")

py_binary(
    name = "show",
    srcs = ["show.py"],
    tags = ["manual"],
    deps = ["@table_pypi//opencv_python"],
)

py_image(
    name = "image",
    base = "@python3_debian13",
    binary = ":show",
)

py_image_test(
    name = "image_test",
    image = ":image",
    stdout = "^cv2 draws$",
)
"""
PROGRAM = """import cv2
import numpy

picture = numpy.zeros((40, 40), numpy.uint8)
cv2.circle(picture, (20, 20), 10, 255, thickness=-1)
assert 300 < cv2.countNonZero(picture) < 330
print("cv2 draws")
"""
IMAGE = "//opencv:image"


@pytest.fixture(scope="module")
def message(nested: Nested) -> str:
    """What a build of the image says."""
    folder = nested.root / "opencv"
    folder.mkdir()
    (folder / "BUILD.bazel").write_text(BUILD)
    (folder / "show.py").write_text(PROGRAM)
    return nested.bazel("build", "--noshow_progress", IMAGE, succeeds=False).stderr


def test_the_message_names_library_package_and_twin(message: str) -> None:
    errors = dict(re.findall(r"error: //opencv:image: (.+)\n    remedy: (.+)", message))
    reason = next(reason for reason in errors if "[undefined-soname:libGL.so.1]" in reason)
    assert re.match(r"opencv-python \S+: cv2/\S+ and \d+ more: needs libGL.so.1, which nothing in the image", reason)
    assert errors[reason] == (
        f'add debs = ["libgl1"] to {IMAGE}; or require opencv-python-headless instead of opencv-python'
    )


def test_the_message_followed_to_the_letter_makes_the_image_run(nested: Nested, message: str) -> None:
    last = re.findall(r"    remedy: (.+)", message)[-1]
    match = re.fullmatch(rf"run bazel (run .+ --also [^;]+); add (debs = \[.+\]) to {IMAGE}", last)
    assert match, last
    nested.bazel(*shlex.split(match[1]))
    build = nested.root / "opencv/BUILD.bazel"
    build.write_text(BUILD.replace('    binary = ":show",\n', f'    binary = ":show",\n    {match[2]},\n'))

    nested.bazel("test", "--noshow_progress", "--test_output=errors", "//opencv:image_test")
