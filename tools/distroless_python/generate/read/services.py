"""What a source starts: applications that servers and workers are pointed at, and programs that keep running."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Optional

from distroless_python.generate.read.facts import App, Import
from distroless_python.python.source_imports import dotted

_FACTORIES = {
    "flask.Flask": ("flask", "wsgi"),
    "django.core.wsgi.get_wsgi_application": ("django", "wsgi"),
    "django.core.asgi.get_asgi_application": ("django", "asgi"),
    "fastapi.FastAPI": ("fastapi", "asgi"),
    "starlette.applications.Starlette": ("starlette", "asgi"),
    "celery.Celery": ("celery", "celery"),
    "celery.app.Celery": ("celery", "celery"),
}
_LISTENS = re.compile(
    rb"serve_forever|run_forever|\brun_app\(|uvicorn\.run|start_server\(|create_server\(|\.listen\(|HTTPServer\("
    rb"|Scheduler\(|wait_for_termination|start_consuming|run_polling|run_pending|while True:|asyncio\.run\(|\.serve\("
    rb"|add_(?:in)?secure_port\("
)
_PORT = re.compile(rb"add_(?:in)?secure_port\(\s*f?[\"'][^\"']*?:(\d{2,5})[\"']")
_BEAT = re.compile(rb"beat_schedule|BEAT_SCHEDULE|add_periodic_task|CELERYBEAT_SCHEDULE|DatabaseScheduler")


def keeps_running(content: bytes) -> bool:
    """Whether a program waits for something: connections, messages, or the time."""
    return _LISTENS.search(content) is not None


def grpc_port(content: bytes) -> int:
    """The port that a gRPC server is given as a literal; 0 without."""
    match = _PORT.search(content)
    return int(match[1]) if match else 0


def has_schedule(content: bytes) -> bool:
    """Whether Celery's beat has something to do."""
    return _BEAT.search(content) is not None


_FACTORY = re.compile(r"(?:create|make|get|build|init)_(?:\w+_)?app(?:lication)?|app_factory|create_server")
CALLED = "calls "
"""How the interface of an application begins that a function makes, whose name follows: `app = create_app()`."""


def find_apps(
    body: Sequence[ast.stmt],
    imports: Iterable[Import],
    aliases: Mapping[str, str],
) -> list[App]:
    """Applications that are made by a call of a known factory and kept in a variable of the module."""
    known = {name.split(".")[0] for name in _FACTORIES} | {"dramatiq", "streamlit"}
    imports = list(imports)
    calls_factory = any(_FACTORY.fullmatch(name) for entry in imports for name in entry.names)
    if not calls_factory and not any(entry.module.split(".")[0] in known for entry in imports):
        return []

    def full(node: ast.AST) -> str:
        head, _, rest = dotted(node).partition(".")
        return aliases.get(head, head) + (f".{rest}" if rest else "")

    found, calls = [], {}
    for node in body:
        target, value = _assignment(node)
        if target and isinstance(value, ast.Call):
            calls[target] = value
            if full(value.func) in _FACTORIES:
                found.append(App(target, *_FACTORIES[full(value.func)]))
        decorators = node.decorator_list if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else ()
        for decorator in decorators:
            if full(decorator.func if isinstance(decorator, ast.Call) else decorator) == "dramatiq.actor":
                found.append(App("", "dramatiq", "dramatiq"))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and full(node.value.func) in _PAGES:
            found.append(App("", "streamlit", "streamlit"))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found += _made_by(node, full)
        if target and isinstance(value, ast.Call):
            name = full(value.func).rpartition(".")[2]
            if _FACTORY.fullmatch(name) and full(value.func) not in _FACTORIES:
                found.append(App(target, "", f"{CALLED}{name}"))
    found = list(dict.fromkeys(found))
    if any(app.framework == "django" for app in found) and "application" in calls:
        # Channels wraps what Django makes: `django_asgi_app = ...`, `application = ProtocolTypeRouter({...})`.
        served = [app for app in found if app.variable == "application"]
        return served or [App("application", "django", found[0].interface)]
    return found


_PAGES = {f"streamlit.{name}" for name in ("title", "header", "write", "set_page_config", "markdown", "navigation")}


def _made_by(node: ast.FunctionDef | ast.AsyncFunctionDef, full: Callable[[ast.AST], str]) -> list[App]:
    """The application that a function makes: `create_app()`, or `create_app(...)` where it needs arguments."""
    arguments = node.args
    required = len(arguments.posonlyargs) + len(arguments.args) - len(arguments.defaults)
    if not _FACTORY.fullmatch(node.name):
        return []
    call = "(...)" if required or None in arguments.kw_defaults else "()"
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            framework, interface = _FACTORIES.get(full(inner.func), ("", ""))
            if interface in ("wsgi", "asgi"):
                return [App(f"{node.name}{call}", framework, interface)]
    return []


def _assignment(node: ast.stmt) -> tuple[str, Optional[ast.expr]]:
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, node.value
    return "", None
