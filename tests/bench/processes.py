"""How much processor time a Bazel server and what it started have used, by /proc."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")


class Used(NamedTuple):
    """CPU-seconds: of the server's own threads, and of all that it started: actions, workers and their children."""

    server: float
    actions: float

    def since(self, before: Used) -> Used:
        return Used(self.server - before.server, self.actions - before.actions)


class _Process(NamedTuple):
    parent: int
    own: float
    ended_children: float


def used_by(server: int) -> Used:
    """What a server has used so far, by its process id; children that ended are counted by whoever waited for them."""
    processes = dict(_processes())
    below, found = [server], set()
    while below:
        number = below.pop()
        found.add(number)
        below += [child for child, process in processes.items() if process.parent == number and child not in found]
    root = processes[server]
    living = sum(processes[number].own + processes[number].ended_children for number in found - {server})
    return Used(root.own, living + root.ended_children)


def _processes() -> list[tuple[int, _Process]]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # ended meanwhile
                continue
            user, system, children_user, children_system = (int(field) / _TICKS for field in fields[11:15])
            found.append((int(folder.name), _Process(int(fields[1]), user + system, children_user + children_system)))
    return found
