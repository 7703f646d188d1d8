"""What Django finds by name: the parts of the apps of a settings module, and the settings of a test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from distroless_python.generate.read.facts import SourceFacts
from distroless_python.generate.resolve.modules import Modules

# Django imports these of every app in INSTALLED_APPS, without an import statement anywhere; what else the package
# `admin` of an app has, for one, its own imports say.
_PARTS = re.compile(
    r"(models|admin|apps|checks|signals|tasks|wagtail_hooks)(/__init__)?"
    r"|(migrations|templatetags|management|management/commands)/\w+"
)


class Django:
    """Knows the settings modules of the workspace.

    Args:
        sources: all sources of the workspace.
    """

    def __init__(self, modules: Modules, facts: Callable[[str], SourceFacts], sources: Iterable[str]) -> None:
        self._modules = modules
        self._managers: dict[str, str] = {}
        self._settings: dict[str, tuple[str, ...]] = {}
        for path in sources:
            fact = facts(path)
            if fact.django_apps:
                self._settings[path] = fact.django_apps
            if fact.django_settings and path.rpartition("/")[2] == "manage.py":
                self._managers[path.rpartition("/")[0]] = fact.django_settings

    def manager_of(self, application: str, settings: str) -> str:
        """The path of the `manage.py` of an application: above it, with settings of the same package; else empty."""
        folder = application.rpartition("/")[0]
        while folder:
            folder = folder.rpartition("/")[0]
            if settings and self._managers.get(folder, "").partition(".")[0] == settings.partition(".")[0]:
                return f"{folder}/manage.py" if folder else "manage.py"
        return ""

    @property
    def knowledge(self) -> list[tuple[str, object]]:
        """What its answers depend on, for a digest."""
        return [*sorted(self._managers.items()), *sorted(self._settings.items())]

    def parts(self, app: str) -> Iterator[str]:
        """The sources of an app that Django imports; `app` is the path of its `__init__.py`."""
        folder = app.rpartition("/")[0]
        # By path: the name of a migration, `0001_initial`, is not a module's.
        for path in self._modules.owners:
            if path.startswith(f"{folder}/") and _PARTS.fullmatch(path[len(folder) + 1 : -len(".py")]):
                yield path

    def settings_for(self, test: str) -> str:
        """The settings module for a test: what the nearest `manage.py` above it says; empty without."""
        folder = test.rpartition("/")[0]
        while True:
            if folder in self._managers:
                return self._managers[folder]
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        return ""


def app_name(entry: str) -> str:
    """The app's package of an entry of INSTALLED_APPS, which may name its configuration class."""
    head, separator, _ = entry.partition(".apps.")
    return head if separator else entry
