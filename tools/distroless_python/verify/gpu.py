"""What a GPU's container runtime puts into a container when it starts: no image has it, and none needs to."""

from __future__ import annotations

import re

NVIDIA = "nvidia"

_INJECTED = {
    # As libnvidia-container lists them (src/nvc_info.c): utility, compute, video, ngx, and of graphics what OptiX and
    # frame capture need. What the variable NVIDIA_DRIVER_CAPABILITIES does not ask for is not injected.
    NVIDIA: (
        *("libcuda", "libcudadebugger", "libnvidia-ml", "libnvidia-cfg", "libnvidia-nscq", "libnvidia-opencl"),
        *("libnvidia-gpucomp", "libnvidia-ptxjitcompiler", "libnvidia-fatbinaryloader", "libnvidia-allocator"),
        *("libnvidia-compiler", "libnvidia-pkcs11", "libnvidia-pkcs11-openssl3", "libnvidia-nvvm"),
        *("libnvidia-tileiras", "libvdpau_nvidia", "libnvidia-encode", "libnvidia-opticalflow", "libnvcuvid"),
        *("libnvidia-ngx", "libnvidia-fbc", "libnvidia-rtcore", "libnvoptix"),
    ),
}
"""By vendor, as the attribute `gpu` has it: names of libraries before `.so`."""

DISTRIBUTIONS = {NVIDIA: re.compile(r"nvidia-.+|cuda-(toolkit|bindings|python|core)|(cupy|jax)-.*cuda\d.*|triton")}
"""Distributions that are of use with a GPU alone."""


def vendor_of(soname: str) -> str:
    """Whose container runtime brings a library: `nvidia`, or nothing."""
    stem = soname.partition(".so")[0]
    return next((vendor for vendor, names in _INJECTED.items() if stem in names), "")
