"""BUILD files: read as trees, and edited in their text, so that what is not edited stays byte for byte.

CPython's own parser reads them (they are syntactically Python). What is put in is laid out as buildifier
(https://github.com/bazelbuild/buildtools/tree/main/buildifier) lays it out: a file in its form stays in its form.
"""
