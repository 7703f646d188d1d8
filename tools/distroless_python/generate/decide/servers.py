"""How applications are started: the servers and workers that a hub may have, and their arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass

from distroless_python.generate.read.commands import Command

PORT = 8000
STREAMLIT_PORT = 8501


@dataclass(frozen=True)
class Server:
    """A server of applications: its console script, and the arguments that come before the application."""

    interfaces: tuple[str, ...]
    script: str
    args: tuple[str, ...]


SERVERS = {
    "gunicorn": Server(("wsgi",), "gunicorn", ("--bind=0.0.0.0:{port}",)),
    "waitress": Server(("wsgi",), "waitress-serve", ("--listen=0.0.0.0:{port}",)),
    "uvicorn": Server(("asgi",), "uvicorn", ("--host=0.0.0.0", "--port={port}")),
    "hypercorn": Server(("asgi",), "hypercorn", ("--bind=0.0.0.0:{port}",)),
    "daphne": Server(("asgi",), "daphne", ("--bind=0.0.0.0", "--port={port}")),
    "granian": Server(("wsgi", "asgi"), "granian", ("--interface={interface}", "--host=0.0.0.0", "--port={port}")),
}
"""The first that a hub has serves."""
WORKERS = frozenset(("celery", "dramatiq", "fastapi", "flask", "rq", "streamlit"))
"""Programs of frameworks that start an application, which need not be named."""

_ASGI = ("uvicorn", "hypercorn", "daphne")
_WSGI = ("gunicorn", "waitress-serve", "granian", "uwsgi", "mod_wsgi-express")


def interface_of(command: Command) -> str:
    """What a command's server speaks with its application; empty where it starts no server."""
    if command.words[0] in _ASGI or any("uvicorn" in word or word.endswith("asgi") for word in command.words):
        return "asgi" if command.words[0] in (*_ASGI, *_WSGI) else ""
    return "wsgi" if command.words[0] in _WSGI else ""


_KEPT = re.compile(
    r"(-k|-w|-t|--worker-class|--workers|--threads|--timeout|--worker-connections|--max-requests(-jitter)?|--preload"
    r"|--proxy-headers|--forwarded-allow-ips|--root-path|--lifespan|--ws|--loop|--http)(=.*)?"
)
_LONG = {"-k": "--worker-class", "-w": "--workers", "-t": "--timeout"}
_WORKER_CLASSES = {"gevent": ("gevent", "packaging"), "eventlet": ("eventlet",), "tornado": ("tornado",)}


def server_for(interface: str, asked: str, has: set[str], command: Command | None) -> str:
    """The server of an application: what is asked for, else what starts it elsewhere, else the first; or empty."""
    wanted = asked or next((n for n, s in SERVERS.items() if command and s.script == command.words[0] and n in has), "")
    found = [name for name, server in SERVERS.items() if interface in server.interfaces and name in has]
    if wanted in found or asked:
        return wanted if wanted in found else ""
    return found[0] if found else ""


def server_arguments(server: str, interface: str, versions: set[str], command: Command | None) -> list[str]:
    """How a server is started, up to the application; options of a command elsewhere are taken over."""
    known = SERVERS[server]
    port = str(command.port if command and command.port > 1023 else PORT)
    args = [arg.format(port=port, interface="asgi" if interface == "asgi" else "wsgi") for arg in known.args]
    if server == "gunicorn" and versions and all(_is_since_25_1(version) for version in versions):
        args.append("--no-control-socket")  # It would be in the home directory, which is read-only.
    return [*args, *(_options(command) if command and command.words[0] == known.script else [])]


def served(server: str, application: str) -> tuple[str, ...]:
    """How a server is told an application; `site:create_app()` is made by a function."""
    if not application.endswith("()"):
        return (application,)
    flag = {"uvicorn": "--factory", "granian": "--factory", "waitress": "--call"}.get(server)
    return (flag, application[:-2]) if flag else (application,)


def listening_port(args: tuple[str, ...]) -> int:
    """The port among the arguments of a server, 0 without."""
    for arg in args:
        match = re.fullmatch(r"--(?:bind|listen|port|server\.port)=(?:.*:)?(\d+)", arg)
        if match:
            return int(match[1])
    return 0


def worker_wheels(args: list[str]) -> tuple[str, ...]:
    """The distributions that gunicorn's worker class needs."""
    text = " ".join(args)
    match = re.search(r"--worker-class=(\w+)", text)
    return _WORKER_CLASSES.get(match[1], ()) if match else ()


def _options(command: Command) -> list[str]:
    """The options of a command that say how to serve; those with variables of a shell are left out."""
    kept, words = [], list(command.words[1:])
    for word, value in zip(words, [*words[1:], ""]):
        if _KEPT.fullmatch(word) and "$" not in word:
            takes = "=" not in word and not value.startswith("-") and ":" not in value and value and "$" not in value
            flag = word in ("--preload", "--proxy-headers")
            if flag or "=" in word:
                kept.append(word)
            elif takes:
                kept.append(f"{_LONG.get(word, word)}={value}")
    return kept


def _is_since_25_1(version: str) -> bool:
    numbers = re.match(r"(\d+)\.(\d+)", version)
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= (25, 1)
