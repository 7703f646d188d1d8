"""Applications that functions make: `create_app()`, and the modules that call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from distroless_python.generate.decide.plan import Plan
from distroless_python.generate.read.facts import App, SourceFacts
from distroless_python.generate.read.services import CALLED
from distroless_python.generate.read.targets import TESTS


class Factories:
    """The functions of a workspace that make applications, and which of them a module calls."""

    def __init__(self) -> None:
        self._makers: dict[str, App] = {}
        self._called: set[str] = set()

    def gather(self, plans: Iterable[Plan], facts: Callable[[str], SourceFacts]) -> None:
        """Finds them in what is not for tests."""
        targets = [t for plan in plans for t in plan.targets if t.kind not in TESTS and not t.testonly]
        for app in [app for target in targets for source in target.sources for app in facts(target.path(source)).apps]:
            if app.variable.endswith(")"):
                self._makers.setdefault(app.variable.partition("(")[0], app)
            elif app.interface.startswith(CALLED):
                self._called.add(app.interface.removeprefix(CALLED))

    def known(self, app: App) -> App | None:
        """An application; of one that a function makes, what that function says. None where a module has it anyway."""
        if app.interface.startswith(CALLED):
            made = self._makers.get(app.interface.removeprefix(CALLED))
            return made and app._replace(framework=made.framework, interface=made.interface)
        name, call, _ = app.variable.partition("(")
        return None if call and (name in self._called or app.variable.endswith("(...)")) else app
