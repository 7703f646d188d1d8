"""Findings about libraries and programs: the exact messages, and what does not lead to them."""

from __future__ import annotations

import pytest

from distroless_python.documents.layer_contents import Script, UnreadableElf
from distroless_python.formats.elf import ElfFacts
from support.facts import BASE_LIBRARIES, LIB, SITE, library
from support.verification import WHEEL, Verify, module


def test_undefined_soname(verify: Verify) -> None:
    verify.layer(WHEEL, "4.1", elf=[module("libGL.so.1", "libc.so.6")])
    assert verify.run() == (
        "error: //app:image: opencv-python 4.1: cv2/cv2.abi3.so: needs libGL.so.1, which nothing in the image provides"
        " [undefined-soname:libGL.so.1]\n"
        '    remedy: add debs = ["libgl1"] to //app:image; or require opencv-python-headless instead of opencv-python'
    )


def test_undefined_sonames_and_the_line_that_adds_them_all(verify: Verify) -> None:
    verify.layer("x", elf=[module("libGL.so.1", "libgthread-2.0.so.0")])
    assert verify.run().endswith(
        "error: //app:image: 2 Debian packages are missing, see above\n"
        '    remedy: add debs = ["libgl1", "libglib2.0-0t64"] to //app:image'
    )


def test_packages_that_the_lock_does_not_have_yet(verify: Verify) -> None:
    verify.layer("x", elf=[module("libGL.so.1", "libICE.so.6")])
    lines = verify.run().splitlines()
    assert lines[1] == '    remedy: add debs = ["libgl1"] to //app:image'
    assert lines[3] == '    remedy: add debs = ["libice6"] to //app:image (lock it first)'
    assert lines[4:] == [
        "error: //app:image: 2 Debian packages are missing, see above",
        "    remedy: run bazel run @rules_distroless_python//tools:lock -- debian --release debian13 --output"
        " bases/debian13.lock.json --also libice6;"
        ' add debs = ["libgl1", "libice6"] to //app:image',
    ]


def test_a_package_that_the_lock_does_not_have_yet(verify: Verify) -> None:
    verify.layer("x", elf=[module("libICE.so.6")])
    debs = {"lock": "debian13.lock.json", "asked": ["libgl1", "@more//:libatomic1"]}
    assert verify.run(debs=debs).splitlines()[1:] == [
        '    remedy: write debs = ["libgl1", "@more//:libatomic1", "libice6"] in //app:image (lock it first)',
        "error: //app:image: a Debian package is missing, see above",
        "    remedy: run bazel run @rules_distroless_python//tools:lock -- debian --release debian13 --output"
        " debian13.lock.json --also libice6;"
        ' write debs = ["libgl1", "@more//:libatomic1", "libice6"] in //app:image',
    ]


def test_what_a_package_needs_of_a_slim_base_is_kept_too(verify: Verify) -> None:
    verify.layer("psycopg", elf=[module("libpq.so.5")])
    lock = "bases/debian13.lock.json"
    debs = {"lock": lock, "locked": [], "asked": [], "left_out": ["berkeley-db", "kerberos", "terminal"]}
    keep = f'add keep = ["berkeley-db", "kerberos"] to the slim distroless.base of {lock} in MODULE.bazel'
    line = 'add debs = ["libpq5"] to //app:image'
    said = verify.run(debs=debs)
    assert f"    remedy: {line} (lock it first), and {keep}" in said
    assert said.endswith(f"--output {lock} --also libpq5; {line}; {keep}")
    kept = verify.run(debs={**debs, "left_out": ["terminal"]})
    assert "keep" not in kept
    assert line in kept


def test_a_package_for_a_base_without_a_lock(verify: Verify) -> None:
    verify.layer("x", elf=[module("libICE.so.6")])
    assert verify.run(debs={}).splitlines()[1:] == [
        '    remedy: add debs = ["@debian13_debs//:libice6"] to //app:image (lock it first)',
        "error: //app:image: a Debian package is missing, see above",
        "    remedy: run bazel run @rules_distroless_python//tools:lock -- debian --release debian13 --output"
        " debian13.lock.json --also libice6;"
        ' write distroless.base(name = "debian13_debs", lock = "//:debian13.lock.json") and'
        ' use_repo(distroless, "debian13_debs") in MODULE.bazel;'
        ' add debs = ["@debian13_debs//:libice6"] to //app:image',
    ]


def test_undefined_soname_that_no_known_package_has(verify: Verify) -> None:
    verify.layer("x", elf=[module("libunheard.so.1")])
    assert verify.run().endswith(
        "    remedy: add the package of debian13 that has it to debs (`apt-file search libunheard.so.1` names it);"
        ' or if nothing loads it, add allow = {"undefined-soname:libunheard.so.1": "<why>"} to //app:image'
    )


def test_undefined_soname_of_a_driver(verify: Verify) -> None:
    verify.layer("x", elf=[module("libcuda.so.1")])
    assert verify.run().endswith(
        '    remedy: the container runtime of the GPU brings it: add gpu = "nvidia" to //app:image'
    )


def test_what_a_gpu_brings_is_provided_and_nothing_else(verify: Verify) -> None:
    verify.layer("x", elf=[module("libcuda.so.1", "libnvidia-ml.so.1", "libcudart.so.13")])
    assert [line for line in verify.run(gpu="nvidia").splitlines() if line.startswith("error")] == [
        "error: //app:image: x 1.0: cv2/cv2.abi3.so: needs libcudart.so.13, which nothing in the image provides"
        " [undefined-soname:libcudart.so.13]"
    ]


def test_undefined_soname_that_a_stranger_has(verify: Verify) -> None:
    verify.layer("x", elf=[module("libown.so")])
    verify.layer("y", "2.0", elf=[library(f"{SITE}/y/libown.so")])
    assert verify.run().endswith(
        "    remedy: y 2.0 has it, and is not required by what needs it: use versions that belong together"
    )


def test_a_soname_of_the_base_of_a_deb_or_by_rpath_is_defined(verify: Verify) -> None:
    verify.layer(WHEEL, elf=[module("libz.so.1", "libGL.so.1", "liba.so", runpath=("$ORIGIN/../x.libs",))])
    verify.layer("x-libs", elf=[library(f"{SITE}/x.libs/liba.so", "libb.so"), library(f"{SITE}/x.libs/libb.so")])
    verify.layer("libgl1", kind="deb", elf=[library(f"{LIB}/libGL.so.1", "libc.so.6")])
    assert verify.run() == ""


def test_a_soname_that_the_distribution_or_a_required_one_has_loaded_before(verify: Verify) -> None:
    verify.layer("torchvision", elf=[module("libtorch.so", "libown.so")], requires_dist=("torch>=2; extra == 'x'",))
    verify.layer("own", elf=[library(f"{SITE}/own/libown.so")], top_level=("own",))
    requires = ("own", "not a requirement!")
    verify.layer("torch", elf=[library(f"{SITE}/torch/lib/libtorch.so")], requires_dist=requires, top_level=("torch",))
    assert "undefined-soname" not in verify.run()


def test_a_required_distribution_without_code_has_loaded_nothing(verify: Verify) -> None:
    """As `tbb` and `tcmlib` are, in whose directory the loader does not look."""
    verify.layer("tbb", elf=[library("usr/local/lib/libtbbbind.so.3", "libhwloc.so.15")], requires_dist=("tcmlib",))
    verify.layer("tcmlib", elf=[library("usr/local/lib/libhwloc.so.15")])
    assert "/usr/local/lib/libtbbbind.so.3: needs libhwloc.so.15, which nothing in the image provides" in verify.run()


def test_a_file_that_its_package_does_without(verify: Verify) -> None:
    path = f"{SITE}/numba/np/ufunc/tbbpool.cpython-313-x86_64-linux-gnu.so"
    verify.layer("numba", elf=[library(path, "libtbb.so.12")])
    assert verify.run() == ""
    verify.layer("numba", "2.0", elf=[library(f"{SITE}/numba/other.so", "libtbb.so.12")])
    assert "numba/other.so: needs libtbb.so.12" in verify.run()
    verify.layers = []
    verify.layer("other", elf=[library(path, "libtbb.so.12")])
    assert "[undefined-soname:libtbb.so.12]" in verify.run()


def test_an_app_may_count_on_every_wheel(verify: Verify) -> None:
    verify.layer("//app:app", "", kind="app", elf=[library("app/_main/x.so", "libtorch.so")])
    verify.layer("torch", elf=[library(f"{SITE}/torch/lib/libtorch.so")], top_level=("torch",))
    assert verify.run() == ""


def test_what_is_in_usr_local_lib_is_not_in_the_cache(verify: Verify) -> None:
    verify.layer("x", elf=[module("libmkl.so")])
    verify.layer("mkl", elf=[library("usr/local/lib/libmkl.so")])
    assert "[undefined-soname:libmkl.so]" in verify.run()
    assert verify.run(env={"LD_LIBRARY_PATH": "/usr/local/lib"}) == ""


def test_undefined_version(verify: Verify) -> None:
    needs = {"libc.so.6": ("GLIBC_2.2.5", "GLIBC_2.42", "GLIBC_2.99")}
    verify.layer("x", "2.0", elf=[module("libc.so.6", requires=needs)])
    assert verify.run() == (
        "error: //app:image: x 2.0: cv2/cv2.abi3.so: needs GLIBC_2.99 of libc.so.6, and that of the base has up to"
        " GLIBC_2.41 [undefined-version:GLIBC_2.99]\n"
        "    remedy: use a base with glibc 2.99 or newer, or lock an older version of x, built for"
        " manylinux_2_41 or less"
    )


def test_undefined_version_that_a_newer_release_has(verify: Verify) -> None:
    old = [library(f"{LIB}/libc.so.6", defines=("GLIBC_2.36",))]
    verify.base(elf=[BASE_LIBRARIES[0], *old], glibc="2.36")
    verify.layer("x", elf=[module("libc.so.6", requires={"libc.so.6": ("GLIBC_2.38",)})])
    assert "use a base with glibc 2.38 or newer (from debian13 on), or lock an older version of x" in verify.run()


def test_undefined_version_of_another_library(verify: Verify) -> None:
    needs = {"libstdc++.so.6": ("GLIBCXX_3.4.34", "CXXABI_1.3.99")}
    verify.layer("x", elf=[module("libstdc++.so.6", requires=needs)])
    messages = verify.run()
    assert "that of the base has up to GLIBCXX_3.4.33 [undefined-version:GLIBCXX_3.4.34]" in messages
    assert "that of the base defines no CXXABI versions [undefined-version:CXXABI_1.3.99]" in messages
    assert "    remedy: use a base of a newer release, or lock an older version of x" in messages


def test_a_version_that_the_provider_has_or_that_it_does_not_count(verify: Verify) -> None:
    needs = {"libc.so.6": ("GLIBC_2.34",), "libz.so.1": ("ZLIB_1.2.9",)}  # the base's libz here has no versions at all
    verify.layer("x", elf=[module("libc.so.6", "libz.so.1", requires=needs)])
    assert verify.run() == ""


def test_wrong_machine(verify: Verify) -> None:
    verify.layer("x", "2.0", elf=[module("libGL.so.1", machine="aarch64")])
    assert verify.run() == (
        "error: //app:image: x 2.0: cv2/cv2.abi3.so: is for aarch64, and the image is x86_64 [wrong-machine:aarch64]\n"
        "    remedy: use a wheel for x86_64: lock again for this image"
    )


def test_wrong_libc(verify: Verify) -> None:
    verify.layer("//app:app", "", kind="app", elf=[library("app/x.so", "libc.musl-x86_64.so.1")])
    assert verify.run() == (
        "error: //app:image: //app:app: /app/x.so: is for musl, and the image is x86_64 with glibc"
        " [wrong-machine:musl]\n"
        "    remedy: build it for x86_64 with glibc"
    )


def test_a_wheel_for_several_machines_is_right_if_one_is_the_image_s(verify: Verify) -> None:
    other = library(f"{SITE}/x/x-arm.so", "libgone.so", machine="aarch64")
    verify.layer("x", elf=[module("libc.so.6"), other])
    assert verify.run() == ""
    mine = library(f"{SITE}/x.cpython-313-x86_64-linux-gnu.so", machine="aarch64")
    verify.layer("y", elf=[library(f"{SITE}/y.so"), mine])
    assert "x.cpython-313-x86_64-linux-gnu.so: is for aarch64, and the image is x86_64" in verify.run()


def test_unreadable_elf(verify: Verify) -> None:
    verify.layer("x", unreadable=[UnreadableElf(f"{SITE}/x/a.so", "it is cut short")])
    assert verify.run() == (
        "error: //app:image: x 1.0: x/a.so: starts as an ELF file and cannot be loaded: it is cut short"
        " [unreadable-elf:x/a.so]\n"
        "    remedy: use a wheel that was built again; if nothing loads this file (test data), allow it"
    )


@pytest.mark.parametrize(
    ("interpreter", "remedy"),
    [
        ("/usr/bin/env", "start the script with #!/usr/bin/python3.13: the image has no env"),
        ("/bin/sh", "the image has no shell: use a wheel without the script, or allow it if it is not run"),
        ("/opt/python", "use a wheel whose scripts start with #!python, or allow it if it is not run"),
    ],
)
def test_missing_interpreter(verify: Verify, interpreter: str, remedy: str) -> None:
    verify.layer("x", scripts=[Script("usr/local/bin/x", interpreter)])
    assert verify.run() == (
        f"error: //app:image: x 1.0: /usr/local/bin/x: is started by {interpreter}, which is not in the image"
        f" [missing-interpreter:{interpreter}]\n    remedy: {remedy}"
    )


def test_a_carriage_return_behind_the_interpreter(verify: Verify) -> None:
    verify.layer("x", scripts=[Script("usr/local/bin/x", "/usr/bin/python3.13\r")])
    assert verify.run() == (
        "error: //app:image: x 1.0: /usr/local/bin/x: is started by /usr/bin/python3.13\\r, which is not in the image"
        " [missing-interpreter:/usr/bin/python3.13\\r]\n"
        "    remedy: end the script's first line with a line feed alone: the carriage return counts as part of the name"
    )


def test_missing_interpreter_of_a_program(verify: Verify) -> None:
    verify.layer("x", elf=[ElfFacts("usr/local/bin/x", 64, "x86_64", interpreter="/lib64/ld-other.so")])
    assert "is started by /lib64/ld-other.so, which is not in the image" in verify.run()


def test_interpreters_that_are_there(verify: Verify) -> None:
    scripts = [Script("usr/local/bin/x", "/usr/bin/python3.13"), Script("usr/local/bin/y", "/bin/python3.13")]
    programs = [ElfFacts("usr/local/bin/z", 64, "x86_64", interpreter="/lib64/ld.so")]
    verify.layer("x", scripts=scripts, elf=programs)
    verify.layer("libthing1", kind="deb", scripts=[Script("usr/bin/thing-config", "/bin/sh")])
    assert verify.run() == ""


@pytest.mark.parametrize(
    ("distribution", "path", "soname"),
    [
        ("nvidia-nvshmem-cu13", "nvidia/nvshmem/lib/nvshmem_transport_ucx.so.6", "libucp.so.0"),
        ("nvidia-cufile-cu12", "nvidia/cufile/lib/libcufile_rdma.so.1", "libmlx5.so.1"),
    ],
)
def test_plug_ins_that_are_loaded_only_where_they_can_be(
    verify: Verify, distribution: str, path: str, soname: str
) -> None:
    verify.layer(distribution, elf=[library(f"{SITE}/{path}", soname)])
    assert verify.run(gpu="nvidia") == ""
    verify.layer("other", elf=[library(f"{SITE}/other/a.so", soname)])
    assert f"undefined-soname:{soname}" in verify.run(gpu="nvidia")


def test_a_wheel_of_several_layers_is_one_for_what_it_needs_and_brings(verify: Verify) -> None:
    own = library(f"{SITE}/torch/lib/libtorch.so")
    for part, elf in (
        ("1 of 3", [library(f"{SITE}/torch/_C.so", "libtorch.so", runpath=("$ORIGIN/lib",))]),
        ("2 of 3", [own]),
    ):
        verify.layer("torch", elf=elf, part=part, requires_dist=("numpy",) if part[0] == "1" else ())
    verify.layer("torch", elf=[library(f"{SITE}/torch/lib/libuser.so", "libgone.so")], part="3 of 3")
    verify.layer("numpy")
    assert verify.run().splitlines()[0] == (
        "error: //app:image: torch 1.0: torch/lib/libuser.so: needs libgone.so, which nothing in the image provides"
        " [undefined-soname:libgone.so]"
    )
    layers = [(layer["name"], layer.get("part", "")) for layer in verify.report()["layers"] if layer["kind"] == "wheel"]
    assert layers == [("torch", "1 of 3"), ("torch", "2 of 3"), ("torch", "3 of 3"), ("numpy", "")]
