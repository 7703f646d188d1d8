"""Making the private root: once, whole or not at all, when interrupted and when started twice."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from launcher.stand_in import MMDEBSTRAP, Machine

SLOW = 'touch "$CALLS/started"; sleep 1\n' + MMDEBSTRAP
STUCK = 'touch "$CALLS/started"; exec sleep 60\n'


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} does not appear"
        time.sleep(0.01)


def test_steps_are_shown_and_the_second_run_is_silent(machine: Machine) -> None:
    first = machine.run("version").stderr
    assert "1/3 packages of Debian forky from http://mirror.example/debian" in first
    assert [number for number in "123" if f"bazelw: {number}/3" in first] == ["1", "2", "3"]
    second = machine.run("version")
    assert (second.returncode, second.stderr) == (0, "")
    assert machine.called("mmdebstrap") == ["made"]


def test_only_usr_and_etc_come_from_the_root(machine: Machine) -> None:
    machine.run("version")
    (root,) = machine.roots()
    binds = machine.called("binds")
    assert f"{machine.cache / root}/usr /usr" in binds
    assert f"{machine.cache / root}/etc /etc" in binds
    assert "/tmp /tmp" in binds


def test_flags_that_debian_sets_and_nobody_wants_are_gone(machine: Machine) -> None:
    machine.run("version")
    (root,) = machine.roots()
    assert (machine.cache / root / "etc/bazel/bazelrc").read_text() == "common --override_module=x\n"


def test_a_changed_recipe_is_another_root(machine: Machine) -> None:
    machine.run("version")
    (old,) = machine.roots()
    with machine.recipe.open("a") as recipe:
        recipe.write("# changed\n")
    machine.run("version")
    assert machine.called("mmdebstrap") == ["made", "made"]
    assert f"rm -rf {machine.cache / old}" in machine.run("doctor").stdout


def test_two_at_once_make_one_root(machine: Machine) -> None:
    machine.program("mmdebstrap", SLOW)
    first = machine.start("build", "//first")
    wait_for(machine.calls / "started")
    second = machine.start("build", "//second")
    errors = [process.communicate(timeout=60)[1] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), errors
    assert "waiting for another bazelw" in errors[1]
    assert machine.called("mmdebstrap") == ["made"]
    assert {"//first", "//second"} <= set(machine.called("bazel-in-root"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_next_run_repairs_an_interrupted_one(machine: Machine, how: signal.Signals) -> None:
    machine.program("mmdebstrap", STUCK)
    process = machine.start("version")
    wait_for(machine.calls / "started")
    os.killpg(process.pid, how)
    process.communicate(timeout=60)
    assert process.returncode == (130 if how == signal.SIGINT else -how)
    assert how == signal.SIGKILL or machine.roots() == [], "nothing is left behind where it can be helped"
    machine.program("mmdebstrap", MMDEBSTRAP)
    assert machine.run("version").returncode == 0
    (root,) = machine.roots()
    assert not root.endswith(".partial")


def test_a_failed_set_up_leaves_nothing_and_shows_its_log(machine: Machine) -> None:
    machine.program("mmdebstrap", "echo E: the mirror is on fire >&2; exit 3")
    result = machine.run("version")
    assert result.returncode == 1
    assert "mmdebstrap failed" in result.stderr
    assert "the mirror is on fire" in result.stderr
    assert machine.roots() == []


def test_a_root_that_does_not_start_is_not_kept(machine: Machine) -> None:
    machine.program("bwrap", 'case "$*" in *python3*) echo no loader >&2; exit 1 ;; esac')
    result = machine.run("version")
    assert result.returncode == 1
    assert "the new root does not start" in result.stderr
    assert "no loader" in result.stderr
    assert machine.roots() == []


def test_without_namespaces_the_remedy_is_named(machine: Machine) -> None:
    machine.program("bwrap", "exit 1")
    result = machine.run("version")
    assert result.returncode == 1
    assert "bubblewrap cannot make a namespace here" in result.stderr
    assert machine.called("mmdebstrap") == []


@pytest.mark.parametrize(("program", "package"), [("bwrap", "bubblewrap"), ("mmdebstrap", "mmdebstrap")])
def test_missing_packages_are_named_where_apt_cannot_install_them(machine: Machine, program: str, package: str) -> None:
    machine.remove(program)
    result = machine.run("version")
    assert result.returncode == 1
    assert f"Debian packages are missing: {package}" in result.stderr
    assert f"sudo apt-get install --no-install-recommends {package}" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages")
def test_root_installs_missing_packages(machine: Machine) -> None:
    (machine.folder / "bin" / "mmdebstrap").rename(machine.folder / "mmdebstrap")
    machine.real_program("cp")
    machine.program(
        "apt-get", 'echo "$@" >> "$CALLS/apt-get"; case "$*" in *install*) cp "$TMPDIR/mmdebstrap" "$PATH/" ;; esac'
    )
    result = machine.run("version")
    assert result.returncode == 0, result.stderr
    assert machine.called("apt-get") == ["-q update", "-qy install --no-install-recommends mmdebstrap"]


def test_without_a_mirror_the_variable_is_named(machine: Machine) -> None:
    (machine.etc / "apt" / "sources.list.d" / "debian.sources").unlink()
    result = machine.run("version")
    assert result.returncode == 1
    assert "no Debian mirror is known" in result.stderr
    assert "set DEBIAN_MIRROR" in result.stderr
    assert machine.run("version", DEBIAN_MIRROR="http://other.example/debian").returncode == 0
