"""The Debian mirrors that bazelw hands to Bazel, from whatever apt's sources look like."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from launcher.stand_in import Machine

DEB822 = """
    # a comment
    Types: deb deb-src
    URIs: http://a.example/debian/
    Suites: bookworm
     bookworm-updates
    Components: main contrib
    Signed-By:
     -----BEGIN PGP PUBLIC KEY BLOCK-----
     .
     -----END PGP PUBLIC KEY BLOCK-----

    Types: deb
    URIs: http://a.example/debian-security
    Suites: bookworm-security
    Components: main
"""
DISABLED = """
    Types: deb
    URIs: http://off.example/debian
    Suites: bookworm bookworm-updates
    Components: main
    Enabled: no
"""
ONE_LINE = """
    deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] https://b.example/debian bullseye main # ours
    deb-src https://src.example/debian bullseye main
    deb\thttps://b.example/debian-security\tbullseye-security\tmain
"""
VENDORS = """
    deb https://vendor.example bookworm main
    deb https://docker.example/linux/debian bookworm stable
    deb https://pg.example/apt bookworm-pgdg main
    deb https://c.example/mirrors/apt bookworm main
    deb https://c.example/mirrors/apt bookworm-updates main
"""
UBUNTU = """
    Types: deb
    URIs: http://u.example/ubuntu/
    Suites: noble noble-updates noble-security
    Components: main universe
"""


def mirrors(machine: Machine, **environment: str) -> tuple[str, str]:
    machine.program("bazel", 'printf "%s\\n" "${DEBIAN_MIRROR-}" "${DEBIAN_SECURITY_MIRROR-}" > "$CALLS/mirrors"')
    assert machine.run("build", BAZELW_OFFLINE="0", **environment).returncode == 0
    main, security = machine.called("mirrors")
    return main, security


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("debian.sources", DEB822, ("http://a.example/debian", "http://a.example/debian-security")),
        ("debian.sources", DISABLED, ("", "")),
        ("debian.list", ONE_LINE, ("https://b.example/debian", "https://b.example/debian-security")),
        ("debian.list", VENDORS, ("https://c.example/mirrors/apt", "")),
        ("vendor.list", "deb https://only.example/x trixie main", ("https://only.example/x", "")),
        ("debian.list", "deb cdrom:[Debian 12]/ bookworm main", ("", "")),
        ("ubuntu.sources", UBUNTU, ("", "")),
        ("debian.save", ONE_LINE, ("", "")),
    ],
)
def test_apt_sources(machine: Machine, name: str, text: str, expected: tuple[str, str]) -> None:
    folder = machine.etc / "apt" / "sources.list.d"
    (folder / "debian.sources").unlink()
    (folder / name).write_text(textwrap.dedent(text))
    assert mirrors(machine) == expected


def test_the_old_file_is_read_too(machine: Machine) -> None:
    (machine.etc / "apt" / "sources.list.d" / "debian.sources").unlink()
    (machine.etc / "apt" / "sources.list").write_text(textwrap.dedent(ONE_LINE))
    assert mirrors(machine)[0] == "https://b.example/debian"


def test_a_file_of_mirrors(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "mirrors.list").write_text("# ours\nhttps://m.example/debian\tpriority:1\nhttps://n.example/debian\n")
    (machine.etc / "apt" / "sources.list.d" / "debian.sources").write_text(
        f"Types: deb\nURIs: mirror+file://{tmp_path}/mirrors.list\nSuites: trixie\nComponents: main\n"
    )
    assert mirrors(machine) == ("https://m.example/debian", "")


def test_the_environment_goes_first(machine: Machine) -> None:
    chosen = mirrors(machine, DEBIAN_MIRROR="http://e.example/debian", DEBIAN_SECURITY_MIRROR="http://e.example/s")
    assert chosen == ("http://e.example/debian", "http://e.example/s")
