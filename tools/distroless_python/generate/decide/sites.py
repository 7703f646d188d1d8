"""What the settings of a Django site say of its static files, and of the variables that it does not start without."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from distroless_python.generate.decide.testing import module_places
from distroless_python.generate.read.facts import SourceFacts

_STATICFILES = "django.contrib.staticfiles"


@dataclass(frozen=True)
class SiteSettings:
    """The settings of a site.

    Attributes:
        module: what `DJANGO_SETTINGS_MODULE` is.
        static: whether they say where static files are collected.
        environment: variables that they read without a default, with values that stand for real ones.
    """

    module: str
    static: bool
    environment: tuple[tuple[str, str], ...]


def site_settings(
    module: str, application: str, facts: Callable[[str], SourceFacts], sources: Collection[str]
) -> SiteSettings | None:
    """The settings of a site; None where its module is not a source of the workspace.

    Args:
        module: the settings module.
        application: the path of the source that serves the site.
        sources: the paths of all sources.
    """
    first = next(module_places(module, application, sources), "")
    if not module or not first:
        return None
    pending, seen = [first], {first: facts(first)}
    while pending:
        path = pending.pop()
        for entry in seen[path].imports:
            if entry.names == ("*",):
                found = next(module_places(entry.module, path, sources), "")
                if found and found not in seen:
                    seen[found] = facts(found)
                    pending.append(found)
    known = list(seen.values())
    served = any(_STATICFILES in fact.django_apps for fact in known)
    environment = dict(pair for fact in reversed(known) for pair in fact.environment)
    return SiteSettings(module, served and any(f.static_root for f in known), tuple(sorted(environment.items())))
