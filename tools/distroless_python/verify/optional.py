"""Files of well-known wheels that are loaded only where what they need is there; their package does without them.

Each was found by tests/corpus, or by an image that ran: the package works, and this file alone does not open.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable

from distroless_python.python.names import normalize_name
from distroless_python.verify.contents import ImageLayer

_CUFILE = "cuFile uses RDMA only where its libraries are installed"
_NVSHMEM = "NVSHMEM loads the transport and the bootstrap that its settings name, and only where their libraries are"
_FILES = {
    ("numba", "numba/np/ufunc/tbbpool.*"): "numba uses TBB only where it is installed, and OpenMP or threads otherwise",
    ("nvidia-cufile*", "nvidia/*/lib/libcufile_rdma.so*"): _CUFILE,
    ("nvidia-nvshmem-cu*", "nvidia/nvshmem/lib/nvshmem_bootstrap_*"): _NVSHMEM,
    ("nvidia-nvshmem-cu*", "nvidia/nvshmem/lib/nvshmem_transport_*"): _NVSHMEM,
    ("torch", "torch/lib/libgfortran.so*"): "nothing in torch loads it",
}


def reason(layer: ImageLayer | None, paths: Iterable[str]) -> str:
    """Why it does not matter that these files of a layer (below site-packages) cannot be loaded; empty if it does."""
    name = normalize_name(layer.about.name) if layer and layer.about.wheel else ""
    known = [(pattern, why) for (owner, pattern), why in _FILES.items() if fnmatch.fnmatch(name, owner)]
    found = [next((why for pattern, why in known if fnmatch.fnmatch(path, pattern)), "") for path in paths]
    return found[0] if found and all(found) else ""
