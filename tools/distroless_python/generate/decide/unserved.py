"""Applications that get no image, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from distroless_python.errors import Collector
from distroless_python.generate.decide.plan import Plan
from distroless_python.generate.decide.servers import SERVERS
from distroless_python.generate.read.facts import App, SourceFacts
from distroless_python.generate.read.targets import LIBRARY, TESTS, Target

_TESTING = {"tests", "test", "testing"}


def report_for_tests_only(
    plan: Plan, targets: Mapping[str, Target], facts: Callable[[str], SourceFacts], problems: Collector
) -> None:
    """An application that needs tests can be in no image."""
    for target in plan.targets:
        needed = [targets[label] for label in target.deps if label in targets]
        tests = sorted(other.label for other in needed if other.testonly or other.kind in TESTS)
        for source in target.sources if target.testonly and target.kind == LIBRARY and tests else ():
            path = target.path(source)
            apps = [app for app in facts(path).apps if app.interface in ("wsgi", "asgi")]
            if apps and _TESTING.isdisjoint(path.split("/")[:-1]):
                reason = f"the {apps[0].framework} application gets no image: {target.label} needs {tests[0]}"
                remedy = f"no longer import it: generate --explain {target.label} {tests[0]} says where that is done"
                problems.add(path, f"{reason}, which is for tests only", remedy)


def report_without_server(path: str, app: App, problems: Collector) -> None:
    """An application that nothing in the hub serves."""
    known = [name for name, server in SERVERS.items() if app.interface in server.interfaces]
    problems.add(
        path,
        f"the {app.framework} application {app.variable!r} needs a server for its image, and no hub has one",
        f"add one to the requirements and lock: {' or '.join(known)} (--add-server {known[0]} adds the line); "
        "or write # distroless:image off",
    )


def report_without_worker(path: str, server: str, missing: list[str], problems: Collector) -> None:
    """A server's worker class needs wheels that the hub lacks."""
    for wheel in missing:
        reason = f"its worker class, taken over from what starts it elsewhere, needs {wheel}, and no hub has it"
        extra = f"{server}[gevent] or " * (wheel == "packaging")
        problems.add(path, f"{server}: {reason}", f"add {extra}{wheel} to the requirements and lock")
