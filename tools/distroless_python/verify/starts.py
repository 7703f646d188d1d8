"""What an image starts, as modules: its entrypoint's, and those that servers and frameworks are told by name."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from distroless_python.manifests.image import Entry
from distroless_python.verify.reach import Reach, Start

_OBJECT = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?::[\w.()\[\]\"'=, ]*)?")
_SERVERS = frozenset(("gunicorn", "uvicorn", "hypercorn", "daphne", "waitress-serve", "granian", "waitress"))
_ALONE = frozenset(
    (
        *("--reload", "--preload", "--daemon", "-D", "--check-config", "--no-access-log", "--access-log", "--factory"),
        *("--proxy-headers", "--no-proxy-headers", "--no-server-header", "--no-date-header", "--no-use-colors"),
        *("--call", "--capture-output", "--enable-stdio-inheritance"),
    )
)
"""Options of servers that no value follows."""

_WORKERS = {
    "gevent": "gunicorn.workers.ggevent",
    "gevent_wsgi": "gunicorn.workers.ggevent",
    "gevent_pywsgi": "gunicorn.workers.ggevent",
    "eventlet": "gunicorn.workers.geventlet",
    "tornado": "gunicorn.workers.gtornado",
    "gthread": "gunicorn.workers.gthread",
    "sync": "gunicorn.workers.sync",
}
"""gunicorn's names of its workers: https://docs.gunicorn.org/en/stable/settings.html#worker-class"""

_UVICORN = {
    ("--loop", "uvloop"): "uvloop",
    ("--http", "httptools"): "httptools",
    ("--ws", "websockets"): "websockets",
    ("--ws", "wsproto"): "wsproto",
}
"""Values of uvicorn's options, and the module that each needs: https://www.uvicorn.org/settings/"""


DRIVERS = {
    "cx_oracle": "cx_Oracle",
    "mysqlconnector": "mysql.connector",
    "mysqldb": "MySQLdb",
    "psycopg_async": "psycopg",
    "psycopg2cffi": "psycopg2cffi",
}
"""Drivers in URLs of SQLAlchemy whose modules have other names: https://docs.sqlalchemy.org/en/20/dialects/"""


class Command(NamedTuple):
    """What runs: a module (for a console script, the function's), and arguments; `program` is what people call it."""

    program: str
    module: str
    arguments: tuple[str, ...]


def commands(entry: Entry, arguments: Sequence[str], scripts: Mapping[str, str]) -> Iterator[Command]:
    """The program that an image starts, if it is not a file; `scripts` is console scripts and what they call."""
    if entry.kind == "module":
        yield Command(entry.value.partition(".")[0], entry.value, tuple(arguments))
    elif entry.kind == "console_script" and entry.value in scripts:
        yield Command(entry.value, scripts[entry.value].partition(":")[0].strip(), tuple(arguments))


def starts(command: Command, env: Mapping[str, str]) -> Iterator[Start]:
    """The modules that a program imports because its arguments or its environment name them."""
    program, arguments = command.program, list(command.arguments)
    if program == "gunicorn":
        yield from _gunicorn([*shlex.split(env.get("GUNICORN_CMD_ARGS", "")), *arguments])
    elif program in _SERVERS:
        yield from _application(program, arguments)
        yield from _uvicorn(arguments) if program == "uvicorn" else ()
    elif program == "celery":
        for name in _values(arguments, "-A", "--app"):
            yield Start(name.partition(":")[0], "celery's -A names it", attribute=True)
    elif program in ("flask", "quart"):
        for name in [*_values(arguments, "-A", "--app"), env.get("FLASK_APP", "")][:1]:
            if _OBJECT.fullmatch(name):
                yield Start(name.partition(":")[0], f"{program}'s --app names it")
    elif program == "fastapi":
        for path in _positional(arguments)[1:2]:
            yield Start(path.removesuffix(".py").strip("./").replace("/", "."), f"fastapi's argument {path!r} names it")
    elif program == "dramatiq":
        yield from _application(program, arguments)
    elif program in ("arq", "huey_consumer"):
        yield from _application(program, arguments, attribute=True)


def _gunicorn(arguments: list[str]) -> Iterator[Start]:
    yield from _application("gunicorn", arguments)
    for worker in _values(arguments, "-k", "--worker-class"):
        yield Start(_WORKERS.get(worker, worker), f"gunicorn's worker class {worker}", attribute=True)


def _application(program: str, arguments: list[str], attribute: bool = False) -> Iterator[Start]:
    for name in _positional(arguments)[:1]:
        match = _OBJECT.fullmatch(name)
        if match:
            yield Start(match[1], f"{program}'s argument {name!r} names it", attribute)


def _uvicorn(arguments: list[str]) -> Iterator[Start]:
    for (option, value), module in _UVICORN.items():
        if value in _values(arguments, option):
            yield Start(module, f"uvicorn's {option} {value}")
    if _values(arguments, "--env-file"):
        yield Start("dotenv", "uvicorn's --env-file")
    if any(value.endswith((".yaml", ".yml")) for value in _values(arguments, "--log-config")):
        yield Start("yaml", "uvicorn's --log-config")


def _positional(arguments: Iterable[str]) -> list[str]:
    """What is neither an option nor, as it seems, the value of one."""
    found, value_follows = [], False
    for argument in arguments:
        if argument.startswith("-"):
            value_follows = "=" not in argument and argument not in _ALONE
            continue
        if not value_follows or (":" in argument and _OBJECT.fullmatch(argument)):
            found.append(argument)
        value_follows = False
    return found


def _values(arguments: Sequence[str], *options: str) -> list[str]:
    found = []
    for number, argument in enumerate(arguments):
        for option in options:
            if argument == option and number + 1 < len(arguments):
                found.append(arguments[number + 1])
            elif argument.startswith(f"{option}=" if option.startswith("--") else option) and argument != option:
                found.append(argument[len(option) :].lstrip("="))
    return found


class Django:
    """What Django imports because of its settings."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.settings: dict[str, tuple[str, ...]] = {}

    def follow(self, module: str, why: str) -> None:
        """Imports a settings module and what it names: applications, middleware, URLs, database drivers."""
        self._reach.start(Start(module, why))
        self.settings = self._settings(module)
        for name in self.settings.get("INSTALLED_APPS", ()):
            self._application(name)
        for key in ("MIDDLEWARE", "LOGGING"):
            for name in self.settings.get(key, ()):
                self._reach.start(Start(name.rpartition(".")[0], f"{key} names {name}"))
        for name in self.settings.get("ROOT_URLCONF", ())[:1]:
            self._reach.start(Start(name, "ROOT_URLCONF names it"))
        for name in self.settings.get("DATABASES", ()):
            self._reach.start(Start(f"{name}.base", f"DATABASES has the engine {name}"))

    def _application(self, name: str) -> None:
        """An application's configuration and models are imported: `a.b`, or `a.b.apps.Config`."""
        modules = self._reach.modules
        above = name.rpartition(".")[0]
        is_config = modules.find(name) is None and above and modules.find(above) is not None
        why = f"INSTALLED_APPS has {name}"
        self._reach.start(Start(above if is_config else name, why))
        package = above.rpartition(".")[0] if is_config and above.endswith(".apps") else name
        for inner in ("apps", "models"):
            if modules.find(f"{package}.{inner}"):
                self._reach.start(Start(f"{package}.{inner}", why))

    def _settings(self, module: str) -> dict[str, tuple[str, ...]]:
        """The settings that are known: a module's own, over those of the modules that it imports all names of."""
        found: dict[str, tuple[str, ...]] = {}
        reached = self._reach.reached.get(module)
        facts = self._reach.facts_of(reached.path) if reached else None
        for text in facts.imports if facts else ():
            if text.endswith(":*") and reached:
                inner = self._reach.absolute(text, reached).partition(":")[0]
                if inner in self._reach.reached and inner != module:
                    found.update(self._settings(inner))
        for key, (operation, values) in facts.settings.items() if facts else ():
            if operation == "unknown":
                found.pop(key, None)
            else:
                found[key] = (*(found.get(key, ()) if operation == "add" else ()), *values)
        return found
