"""Which Bazel bazelw starts, and what it says about it."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from launcher.stand_in import Machine

ONLINE = 'printf "%s\\n" "$@" >> "$CALLS/bazelisk"'
ANSWERS = 'echo asked >> "$CALLS/curl"'
SILENT = 'echo asked >> "$CALLS/curl"; exit 22'


def test_bazelisk_where_the_registry_answers(machine: Machine) -> None:
    machine.program("bazelisk", ONLINE)
    machine.program("bazel", "exit 99")
    machine.program("curl", ANSWERS)
    assert machine.run("build", "//...").returncode == 0
    assert machine.called("bazelisk") == ["build", "//..."]
    assert machine.roots() == []


def test_bazel_where_there_is_no_bazelisk(machine: Machine) -> None:
    machine.program("bazel", "exit 42")
    machine.program("curl", ANSWERS)
    assert machine.run("build", "//...").returncode == 42


def test_the_variable_bazel_goes_first(machine: Machine) -> None:
    machine.program("bazelisk", "exit 99")
    machine.program("curl", ANSWERS)
    mine = machine.program("mine", "exit 41")
    assert machine.run("build", BAZEL=str(mine)).returncode == 41


def test_the_variable_bazel_must_name_a_program(machine: Machine) -> None:
    result = machine.run("build", BAZEL="/nowhere/bazel")
    assert result.returncode == 1
    assert "BAZEL is /nowhere/bazel, which is not a program" in result.stderr


def test_private_root_where_the_registry_is_silent(machine: Machine) -> None:
    machine.program("bazelisk", ONLINE)
    machine.program("curl", SILENT)
    result = machine.run("build", "//a", "--config=x")
    assert result.returncode == 0, result.stderr
    assert machine.called("bazelisk") == []
    assert machine.called("bazel-in-root")[-3:] == ["build", "//a", "--config=x"]


def test_private_root_where_there_is_no_bazel(machine: Machine) -> None:
    machine.program("curl", ANSWERS)
    assert machine.run("build").returncode == 0
    assert machine.called("curl") == [], "nothing to ask for"
    assert machine.called("bazel-in-root")[-1] == "build"


@pytest.mark.parametrize(("setting", "inside"), [("1", True), ("0", False)])
def test_the_user_decides_with_a_variable(machine: Machine, setting: str, inside: bool) -> None:
    machine.program("bazelisk", ONLINE)
    machine.program("curl", SILENT if setting == "0" else ANSWERS)
    assert machine.run("build", BAZELW_OFFLINE=setting).returncode == 0
    assert machine.called("curl") == []
    assert bool(machine.called("bazel-in-root")) is inside
    assert bool(machine.called("bazelisk")) is not inside


@pytest.mark.parametrize("curl", [ANSWERS, SILENT])
def test_the_registry_is_asked_once(machine: Machine, curl: str) -> None:
    machine.program("bazelisk", ONLINE)
    machine.program("curl", curl)
    for _ in range(3):
        assert machine.run("build").returncode == 0
    assert machine.called("curl") == ["asked"]


def test_doctor_asks_the_registry_again(machine: Machine) -> None:
    machine.program("bazelisk", ONLINE)
    machine.program("curl", SILENT)
    machine.run("build")
    machine.program("curl", ANSWERS)
    assert f"{machine.folder}/bin/bazelisk, since the Bazel Central Registry answers" in machine.run("doctor").stdout
    machine.run("build")
    assert len(machine.called("curl")) == 2
    assert machine.called("bazelisk") == ["build"]


def test_inside_the_root_its_bazel_runs_as_it_is(machine: Machine) -> None:
    (machine.etc / "bazelw-root").touch()
    machine.program("bazel", f'exec "{machine.folder}/workspace/bazelw" "$@"')  # a user's own, which starts this one
    inside = machine.folder / "usr/bin/bazel"
    inside.parent.mkdir(parents=True, exist_ok=True)
    machine.program("inside", 'printf "%s\\n" "$@" >> "$CALLS/bazel"').rename(inside)
    assert machine.run("build", "//a").returncode == 0
    assert machine.called("bazel")[-2:] == ["build", "//a"]
    assert machine.called("bazel-in-root") == []


def test_doctor_says_what_it_found_and_why(machine: Machine) -> None:
    result = machine.run("doctor")
    assert result.returncode == 0, result.stderr
    assert "Debian's Bazel in the private root, since there is no bazelisk and no bazel" in result.stdout
    assert "http://mirror.example/debian (from apt's sources)" in result.stdout
    assert "the next run that needs it makes it" in result.stdout
    machine.run("build")
    assert "(Bazel 7.7.1, made " in machine.run("doctor").stdout


def test_doctor_fails_where_the_next_run_would(machine: Machine) -> None:
    machine.remove("mmdebstrap")
    result = machine.run("doctor")
    assert result.returncode == 1
    assert "sudo apt-get install --no-install-recommends mmdebstrap" in result.stdout


def test_exit_code_and_standard_input_pass_through(machine: Machine) -> None:
    machine.run("version")
    (machine.calls / "script").write_text("cat; exit 37\n")
    result = machine.run("run", "//a", stdin="for the program\n")
    assert (result.returncode, result.stdout) == (37, "for the program\n")


def test_podman_is_called_outside_of_the_root(machine: Machine) -> None:
    machine.program("podman", 'cat; pwd; printf "%s\\n" "$@"; echo loaded >&2; exit 5')
    machine.run("version")
    assert list(machine.folder.glob("bazelw-podman.*")) == [], "only a run may call it"
    inside = machine.calls / "podman"
    inside.symlink_to(machine.folder / "workspace" / "offline" / "podman.sh")
    (machine.calls / "script").write_text(f"cd {machine.etc}; echo image | {inside} load 'a b' ''\n")
    result = machine.run("run", "//:load")
    assert (result.returncode, result.stdout, result.stderr) == (5, f"image\n{machine.etc}\nload\na b\n\n", "loaded\n")


def test_a_second_call_costs_less_than_100_ms_of_processor_time(machine: Machine) -> None:
    machine.run("version")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    calls = 5
    for _ in range(calls):
        machine.run("version")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent / calls < 0.1


def test_a_link_to_bazelw_works_from_anywhere(machine: Machine, tmp_path: Path) -> None:
    link = tmp_path / "bin" / "b"
    link.symlink_to(tmp_path / "workspace" / "bazelw")
    assert machine.run("version").returncode == 0
    assert machine.called("bazel-in-root")[-1] == "version"
