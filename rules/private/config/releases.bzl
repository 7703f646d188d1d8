"""What rules know of Debian's releases: written by `python -m distroless_python.debian.releases`."""

visibility(["//rules/..."])

TODAY = "2026-11-24"

PYTHON_OF = {
    "debian10": "3.7",
    "debian11": "3.9",
    "debian12": "3.11",
    "debian13": "3.13",
    "debian14": "3.14",
}
