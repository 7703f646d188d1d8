"""Gazelle's manifest of third-party modules, `gazelle_python.yaml`."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from distroless_python.errors import Collector
from distroless_python.generate.read.hubs import Hubs, Provider, normalize


def read_manifest(root: Path, path: str, problems: Collector) -> Hubs:
    """The modules of a manifest.

    The file may be empty: people make it so before they fill it.
    """
    hubs = Hubs()
    try:
        yaml: Any = importlib.import_module("yaml")  # Late: only workspaces with a manifest need it.
    except ImportError:
        problems.add(path, "reading it needs PyYAML, which is not installed", "install pyyaml beside this tool")
        return hubs
    try:
        text = (root / path).read_text(encoding="utf-8")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        value = yaml.load(text, Loader=loader) or {}
        manifest = value.get("manifest", {})
        repository = manifest.get("pip_deps_repository_name") or (manifest.get("pip_repository") or {}).get("name", "")
        for module, distribution in (manifest.get("modules_mapping") or {}).items():
            hubs.add(str(module), Provider(repository, str(distribution)))
            hubs.distributions.setdefault(repository, set()).add(normalize(str(distribution)))
    except (OSError, UnicodeDecodeError, AttributeError, yaml.YAMLError) as error:
        problems.add(
            path, f"the manifest cannot be read: {error}", "update it: bazel run //:gazelle_python_manifest.update"
        )
    return hubs
