"""Looks for a library of an added Debian package, the way ctypes users do."""

import ctypes
import ctypes.util

name = ctypes.util.find_library("GL")
assert name is not None, "ld.so.cache does not know libGL"
ctypes.CDLL(name)
print(name, "is loaded")
