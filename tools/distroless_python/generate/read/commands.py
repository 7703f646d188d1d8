"""Commands that an application is started with elsewhere: by a Procfile, Dockerfile, compose file or pyproject.toml."""

from __future__ import annotations

import configparser
import importlib
import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distroless_python.generate.read.globs import Glob
from distroless_python.generate.read.scripts import SCRIPT_FILES, named_scripts
from distroless_python.generate.read.walk import Folder

_FILES = Glob(("Procfile", "Dockerfile", "Dockerfile.*", "*.Dockerfile", "docker-compose*.y*ml", "compose*.y*ml"))
_UWSGI = Glob(("*.ini",))
_WRAPPERS = {
    "exec",
    "uv",
    "poetry",
    "pipenv",
    "run",
    "sh",
    "bash",
    "/bin/sh",
    "/bin/bash",
    "-c",
    "tini",
    "--",
    "dumb-init",
}
_PYTHON = re.compile(r"python[\d.]*")
_SCRIPTS = Glob(("*.sh",))
_OF_SHELLS = re.compile(r"[$`|<>*]|^&$")
_NAMING = re.compile(r"^--(?:module|wsgi|wsgi-file|app)=")
"""Options whose value is an application: uwsgi's, and Celery's."""

_DEPLOYING = {"docker", ".docker", "dockerfiles", "deploy", "deployment", "container", "containers", "compose", "ops"}
_CHAIN = re.compile(r"&&|\|\||;")
_STARTING = re.compile(
    r"\s*(?:exec\s+)?(?:\S*/)?(?:gunicorn|uvicorn|hypercorn|daphne|waitress-serve|granian|celery|flask|fastapi|rq|streamlit"
    r"|dramatiq|uwsgi|python[\d.]*)\s"
)
"""What a line of a shell script begins with that starts a program of Python's."""

_SERVED = ("module", "wsgi", "wsgi-file", "file")
"""What names the application: https://uwsgi-docs.readthedocs.io/en/latest/Options.html"""

_READ = (_FILES, _SCRIPTS, _UWSGI)


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        folder: where its file lies.
        words: those of the command, without `exec`, `poetry run` and the like, and without the folder of the program.
        port: what the file says it listens on, 0 without.
        deploys: it is how something is run, not only what a package index's tools make of it.
        module: its first word is a module, which `python -m` starts.
    """

    folder: str
    words: tuple[str, ...]
    port: int = 0
    deploys: bool = True
    module: bool = False

    def applications(self) -> list[str]:
        """The words that may name an application for a server: `shop.web:app`, else the last word."""
        named = [_NAMING.sub("", word) for word in self.words if _NAMING.match(word)]
        plain = [word for word in self.words[1:] if not word.startswith("-")]
        return named or [word for word in plain if re.match(r"[A-Za-z_][\w./]*:[A-Za-z_]", word)] or plain[-1:]

    def arguments(self) -> tuple[str, ...]:
        """What follows its first word; nothing where that needs a shell, for its variables or its redirections."""
        rest = self.words[1:]
        return () if any(_OF_SHELLS.search(word) for word in rest) else rest

    def starts(self, source: str, module: str) -> bool:
        """Whether it names a source (a path in the workspace), or the module that it is."""
        for word in self.words:
            word = _NAMING.sub("", word)
            path = word.removeprefix("./")
            if path.endswith(".py") and (source == path or source.endswith(f"/{path.rpartition('/app/')[2]}")):
                return True
            if word.partition(":")[0] in (module, module.removesuffix(".__main__")):
                return True
        return False


NO_COMMAND = Command("", ("",))


def read_commands(root: Path, folders: Mapping[str, Folder]) -> list[Command]:
    """The commands of the workspace's files."""
    found: list[Command] = []
    for folder in folders.values():
        for name in folder.others:
            if _FILES.matches(name) or _UWSGI.matches(name) or name in SCRIPT_FILES:
                try:
                    text = (root / folder.join(name)).read_text(encoding="utf-8")
                except (OSError, UnicodeDecodeError):
                    continue
                about = _about(folder.path, folders)
                found += _commands(about, name, text)
                found += _in_scripts(root, folder, folders, text, about)
    return found


def _about(path: str, folders: Mapping[str, Folder]) -> str:
    """The folder that files in a folder are about: the one above `docker`, `deploy` and the like, without sources."""
    while path and path.rpartition("/")[2].lower() in _DEPLOYING and not folders[path].sources:
        path = path.rpartition("/")[0]
    return path


def _in_scripts(root: Path, folder: Folder, folders: Mapping[str, Folder], text: str, about: str) -> Iterator[Command]:
    """The commands of the shell scripts that a file names: `ENTRYPOINT ["./boot.sh"]`."""
    for name in dict.fromkeys(re.findall(r"[\w.-]+\.sh\b", text)):
        for place in (folder, *folders.values()):
            if name in place.others and (place.path == folder.path or place.path.startswith(folder.path)):
                try:
                    script = (root / place.join(name)).read_text(encoding="utf-8")
                except (OSError, UnicodeDecodeError):
                    break
                lines = re.sub(r"\\\n", " ", script).splitlines()
                for part in (part for line in lines if not line.startswith("#") for part in _parts(line.strip())):
                    yield from _command(about, part) if _STARTING.match(f"{part} ") else ()
                break


def command_files(folders: Mapping[str, Folder]) -> list[str]:
    """The paths of the files that `read_commands` and `read_scripts` read."""
    names = ((folder, name) for folder in folders.values() for name in folder.others)
    return sorted(f.join(name) for f, name in names if any(g.matches(name) for g in _READ) or name in SCRIPT_FILES)


def _commands(folder: str, name: str, text: str) -> Iterator[Command]:
    if name in SCRIPT_FILES:
        for _, entry_point in named_scripts(name, text):
            yield Command(folder, (entry_point.partition(":")[0],), deploys=False)
        return
    if _UWSGI.matches(name):
        yield from _of_uwsgi(folder, text)
        return
    if name == "Procfile":
        lines = [line.partition(":")[2] for line in text.splitlines() if not line.startswith("#")]
    elif "compose" in name:
        lines = list(_of_compose(text))
    else:
        lines = list(_of_dockerfile(text))
    exposed = re.search(r"^\s*EXPOSE\s+(\d+)", text, re.MULTILINE)
    for line in lines:
        for part in _parts(line.strip()):
            yield from _command(folder, part, int(exposed[1]) if exposed else 0)


def _of_uwsgi(folder: str, text: str) -> Iterator[Command]:
    """What a configuration of uwsgi says that it serves, and where."""
    values = configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=True)
    try:
        values.read_string(text)
    except configparser.Error:
        return
    if not values.has_section("uwsgi"):
        return
    options = values["uwsgi"]
    served = next((options[key] for key in _SERVED if options.get(key)), "")
    if served and "%" not in served:
        called = options.get("callable") if ":" not in served and not served.endswith(".py") else ""
        words = ("uwsgi", f"{served}:{called}" if called else served)
        places = [options.get(key) or "" for key in ("http", "http-socket", "socket")]
        yield Command(folder, words, next((port for place in places if (port := _bound(("-b", place)))), 0))


def _of_dockerfile(text: str) -> Iterator[str]:
    """The commands of a Dockerfile; where both are lists, CMD has the arguments of ENTRYPOINT."""
    found = re.findall(r"^[ \t]*(CMD|ENTRYPOINT)[ \t]+(.*)$", re.sub(r"\\\n", " ", text), re.MULTILINE)
    started = {}
    for instruction, line in found:
        try:
            started[instruction] = json.loads(line)
        except ValueError:
            started = {}
            break
    if len(started) == 2 and not str(started["ENTRYPOINT"][:1]).rstrip("']").endswith(".sh"):
        yield json.dumps([*started["ENTRYPOINT"], *started["CMD"]])
        return
    yield from (line for _, line in found)


def _of_compose(text: str) -> Iterator[str]:
    """The commands of a compose file's services; a list as JSON."""
    yaml: Any = importlib.import_module("yaml")  # late: only workspaces with such a file need it
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        return
    services = document.get("services") if isinstance(document, dict) else None
    for service in services.values() if isinstance(services, dict) else ():
        for command in (service.get("entrypoint"), service.get("command")) if isinstance(service, dict) else ():
            if isinstance(command, list):
                yield json.dumps([str(word) for word in command])
            elif isinstance(command, str):
                yield " ".join(command.split())


def _parts(line: str) -> list[str]:
    """The commands of a line: those of a shell's chain, also of `sh -c "a && b"`."""
    try:
        words = [str(word) for word in json.loads(line)] if line.startswith("[") else shlex.split(line)
    except ValueError:
        return []
    shell = words[0].rpartition("/")[2] in ("sh", "bash") if words else False
    if shell and words[1:2] and words[1].startswith("-") and words[1].endswith("c") and len(words) > 2:
        return _parts(words[2])
    return [line] if line.startswith("[") else [part.strip() for part in _CHAIN.split(line)]


def _command(folder: str, line: str, port: int = 0) -> Iterator[Command]:
    """The command of a line, or of a list as JSON.

    Args:
        port: what its file says it listens on; 0 for what the command itself says.
    """
    try:
        words = [str(word) for word in json.loads(line)] if line.startswith("[") else shlex.split(line)
    except ValueError:
        return
    while words and words[0] in _WRAPPERS:
        words = shlex.split(words[1]) if words[0] == "-c" and len(words) > 1 and " " in words[1] else words[1:]
    module = False
    if words and _PYTHON.fullmatch(words[0].rpartition("/")[2]):
        words = words[1:]
        while words and words[0].startswith("-") and not module:
            module = words[0] == "-m"
            words = words[2:] if words[0] in ("-W", "-X") else words[1:]
    if words:
        program = words[0].rpartition("/")[2] if "/bin/" in words[0] else words[0]
        rest = tuple(words[1:])
        yield Command(folder, (program, *rest), port or _bound((program, *rest)), module=module)


def _bound(words: tuple[str, ...]) -> int:
    for option, value in zip(words, (*words[1:], "")):
        match = re.fullmatch(r"(?:--?\w+=)?(?:[\w.\[\]:]*:)?(\d{2,5})", value if "=" not in option else option)
        if re.match(r"(--bind|-b|--port|-p|--listen|--http|--http-socket)\b", option) and match:
            return int(match[1])
    return 0
