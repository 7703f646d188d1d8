"""Which dependencies may go when no import asks for them."""

from __future__ import annotations

from collections.abc import Mapping

from distroless_python.generate.read.inputs import Inputs
from distroless_python.generate.read.targets import Target, make_label


class Removable:
    """Knows what a label provides, or that it is not there.

    A dependency that was written by hand and is not a library of Python sources (an alias, generated code, a library
    that only gathers others) is not the generator's to judge: it stays.
    """

    def __init__(self, inputs: Inputs, targets: Mapping[str, Target]) -> None:
        self._inputs = inputs
        self._targets = targets
        self._rules = {make_label(p.path, r.name) for p in inputs.packages.values() for r in p.build.rules}
        self._hubs = {hub for hubs in (inputs.hubs, *inputs.manifests.values()) for hub in hubs.distributions}

    def __call__(self, label: str) -> bool:
        """Whether an absolute label may go."""
        if label.startswith("@"):
            hub, _, rest = label[1:].partition("//")
            return hub in self._hubs and ":" not in rest
        if label in self._targets:
            return bool(self._targets[label].sources)
        if label in self._rules:
            return self._is_stale(label)
        path, _, name = label[2:].partition(":")
        package = self._inputs.packages.get(path)
        if package is None:
            return path not in self._inputs.broken
        return not any(name.startswith(rule.name) for rule in package.build.rules if rule.name)

    def _is_stale(self, label: str) -> bool:
        """A rule that is there but no target any more has lost its sources."""
        path, _, name = label[2:].partition(":")
        package = self._inputs.packages[path]
        name = name or package.base_name
        return any(
            rule.name == name and rule.srcs.names and not rule.srcs.opaque and rule.kind.startswith("py_")
            for rule in package.build.rules
            if package.settings.canonical_kind(rule.kind) in ("py_library", "py_binary", "py_test")
        )
