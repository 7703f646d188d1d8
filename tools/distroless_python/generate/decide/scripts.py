"""Console scripts become programs: a `py_entry_point` beside the file that names it.

A script whose module is a program already, by its `if __name__ == "__main__":`, has its `py_binary`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from distroless_python.generate.decide.plan import Plan
from distroless_python.generate.read.buildfacts import Rule
from distroless_python.generate.read.facts import SourceFacts
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.scripts import Script, find_module
from distroless_python.generate.read.targets import BINARY, ENTRY_POINT, Reason, Target
from distroless_python.generate.read.walk import Folder


def add_scripts(
    scripts: Iterable[Script],
    folders: Mapping[str, Folder],
    packages: Mapping[str, Package],
    plans: Mapping[str, Plan],
    targets: dict[str, Target],
    owners: Mapping[str, str],
    facts: Callable[[str], SourceFacts],
) -> None:
    """Adds the programs of console scripts; those whose modules are gone go.

    Args:
        targets: all targets by their labels; the new ones are added.
        owners: a source to the label of its target.
    """
    programs = {t.path(source) for t in targets.values() if t.kind == BINARY for source in t.sources}
    for script in scripts:
        library = targets.get(owners.get(script.source, ""))
        plan = plans.get(script.folder)
        if library is None or plan is None or library.kind == BINARY or script.source in programs:
            continue
        target = _target(script, packages[script.folder], plan)
        if target is None:
            continue
        target.deps[library.label] = [Reason(script.file, 0, script.entry_point, "the function's module")]
        if script.root:
            library.roots.add(script.root)
        plan.targets.append(target)
        targets[target.label] = target
    for path, plan in plans.items():
        plan.stale += [rule for rule in packages[path].build.rules if _is_stale(rule, path, folders)]


def _is_stale(rule: Rule, package: str, folders: Mapping[str, Folder]) -> bool:
    module = rule.text("entry_point").partition(":")[0]
    return rule.kind == ENTRY_POINT and not rule.keep and find_module(module, package, folders) is None


def _target(script: Script, package: Package, plan: Plan) -> Target | None:
    """The target of a script: the rule that has its entry point, or a new one; None where no name is free."""
    rules = {rule.name: rule for rule in package.build.rules}
    rule = next((r for r in rules.values() if r.text("entry_point") == script.entry_point), None)
    if rule is not None:
        return Target(package.path, rule.name, ENTRY_POINT, [], rule=rule, main=script.entry_point)
    taken = {*rules, *(target.name for target in plan.targets)}
    for name in (script.name, f"{script.name}_bin", f"{script.name}_script"):
        if name not in taken:
            return Target(package.path, name, ENTRY_POINT, [], main=script.entry_point)
    return None
