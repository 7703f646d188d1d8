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

SLIM = {
    "berkeley-db": {
        "files": {
            "libpython{python}-stdlib": "usr/lib/python3\\.\\d+/(?:dbm/ndbm\\.py|lib-dynload/_dbm\\..*)",
        },
        "packages": [
            "libdb5.3",
            "libdb5.3t64",
        ],
    },
    "ensurepip": {
        "files": {
            "libpython{python}-stdlib": "usr/lib/python3\\.\\d+/(?:ensurepip|venv)/.*",
        },
        "packages": ["python{python}-venv"],
    },
    "gconv": {
        "files": {
            "libc6": "usr/lib/[^/]+/gconv/(?!gconv-modules$|(?:ISO8859-1|ISO8859-15|CP1252|UNICODE|UTF-7|UTF-16|UTF-32)\\.so$).*",
            "libc-bin": "usr/lib/[^/]+/gconv/(?!gconv-modules$|(?:ISO8859-1|ISO8859-15|CP1252|UNICODE|UTF-7|UTF-16|UTF-32)\\.so$).*",
        },
        "packages": [],
    },
    "help": {
        "files": {
            "libpython{python}-stdlib": "usr/lib/python3\\.\\d+/pydoc_data/.*",
        },
        "packages": [],
    },
    "kerberos": {
        "files": {
            "libpython{python}-stdlib": "usr/lib/python3\\.\\d+/lib-dynload/nis\\..*",
        },
        "packages": [
            "libcom-err2",
            "libgssapi-krb5-2",
            "libk5crypto3",
            "libkeyutils1",
            "libkrb5-3",
            "libkrb5support0",
            "libnsl2",
            "libtirpc3",
            "libtirpc3t64",
        ],
    },
    "openssl-engines": {
        "files": {
            "libssl1.1": "usr/lib/[^/]+/engines-[^/]+/.*",
            "libssl3": "usr/lib/[^/]+/engines-[^/]+/.*",
            "libssl3t64": "usr/lib/[^/]+/engines-[^/]+/.*",
        },
        "packages": [],
    },
    "programs": {
        "files": {
            "libc-bin": "usr/s?bin/(?!ldconfig$).*",
            "libc6": "usr/s?bin/(?!ldconfig$).*|usr/lib/[^/]+/(?:audit/.*|lib(?:BrokenLocale|c_malloc_debug|memusage|nss_compat|nss_hesiod|pcprofile|thread_db)[.-].*)",
            "libstdc++6": "usr/share/gcc.*/python/.*",
        },
        "packages": [],
    },
    "terminal": {
        "files": {
            "libpython{python}-stdlib": "usr/lib/python3\\.\\d+/(?:curses/.*|lib-dynload/(?:_curses|_curses_panel|readline)\\..*)",
        },
        "packages": [
            "libncursesw6",
            "libreadline8",
            "libreadline8t64",
            "libtinfo6",
        ],
    },
    "tests": {
        "files": {
            "libpython{python}-stdlib": "usr/lib/python3\\.\\d+/(?:test/.*|lib-dynload/(?:_ctypes_test|_test|_xxtestfuzz|xxlimited|xxsubtype).*)",
        },
        "packages": [],
    },
    "turtle": {
        "files": {
            "libpython{python}-stdlib": "usr/lib/python3\\.\\d+/turtle\\.py",
        },
        "packages": [],
    },
    "zones": {
        "files": {},
        "packages": ["tzdata-legacy"],
    },
}

LAYERS = {
    "libraries": [],
    "system": [
        "base-files",
        "libc-bin",
        "libc6",
        "media-types",
        "netbase",
        "tzdata",
        "tzdata-legacy",
    ],
    "python": [
        "libpython{python}-minimal",
        "libpython{python}-stdlib",
        "python{python}-minimal",
        "python{python}-venv",
        "python3-distutils",
    ],
    "tls": [
        "ca-certificates",
        "libssl1.1",
        "libssl3",
        "libssl3t64",
    ],
}
