"""Applications that functions make: `create_app()`, and the modules that call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from distroless_python.generate.decide.plan import Plan
from distroless_python.generate.read.facts import App, SourceFacts
from distroless_python.generate.read.services import CALLED
from distroless_python.generate.read.targets import TESTS, Target


class Factories:
    """The functions of a workspace that make applications, and the modules that call them to serve what they make."""

    def __init__(self) -> None:
        self._makers: dict[str, App] = {}
        self._callers: dict[str, set[str]] = {}

    def gather(
        self, plans: Iterable[Plan], facts: Callable[[str], SourceFacts], named: Callable[[str, Target], bool]
    ) -> None:
        """Finds them in what is not for tests.

        Of several modules that call one, as workers do that need its context, those count that `named` says a command
        starts; else the outermost.
        """
        called: dict[str, list[tuple[bool, int, str]]] = {}
        for target in [t for plan in plans for t in plan.targets if t.kind not in TESTS and not t.testonly]:
            for path in map(target.path, target.sources):
                for app in facts(path).apps:
                    if app.variable.endswith(")"):
                        self._makers.setdefault(app.variable.partition("(")[0], app)
                    elif app.interface.startswith(CALLED):
                        entry = (not named(path, target), path.count("/"), path)
                        called.setdefault(app.interface.removeprefix(CALLED), []).append(entry)
        for name, entries in called.items():
            unnamed = min(entry[0] for entry in entries)
            nearest = min(entry[1] for entry in entries)
            self._callers[name] = {
                path for no, depth, path in entries if no == unnamed and (not no or depth == nearest)
            }

    def known(self, app: App, path: str) -> App | None:
        """An application of a source, or of what a function makes as that function says; None if it is not served."""
        if app.interface.startswith(CALLED):
            name = app.interface.removeprefix(CALLED)
            made = self._makers.get(name) if path in self._callers.get(name, ()) else None
            return made and app._replace(framework=made.framework, interface=made.interface)
        name, call, _ = app.variable.partition("(")
        return None if call and (name in self._callers or app.variable.endswith("(...)")) else app
