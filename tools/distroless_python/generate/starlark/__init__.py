"""BUILD files as trees: read, edited, and printed byte for byte as buildifier prints them.

CPython's own parser reads them (they are syntactically Python), `tokenize` finds the comments, and `printer`
follows the layout rules of buildifier (https://github.com/bazelbuild/buildtools/tree/main/buildifier).
"""
