"""docs/reference/strangers.md: a row for each application, of its last recorded run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from program import Application

_HEAD = """# Strangers' programs

Applications that nobody here wrote, from their source tree to pages that the image serves. Each went through these
commands, with no file edited:

<!-- run by tests/strangers/strangers.py -->
```sh
bazel run @rules_distroless_python//tools:init   # with --add where "settings" says so
bazel build //...
bazel test //...
bazel run //:image.run                           # with --env where "settings" says so
```

`bazel run //tests/strangers -- NAME --record` runs one again and writes its row here. Edits are counted: files of the
application that are no longer as they were. "Problems told" are errors that `init` named without stopping, such as
imports of modules that are not required. "Started" counts the start tests of all its images, "own tests" the
application's. Megabytes are compressed, with the base. Seconds are those of two cores that others use too, with an
output base that may have the base's packages of an application before.

"""
_COLUMNS = (
    *("application", "shape", "from", "settings", "problems told", "edits", "images, started", "MB", "pages right"),
    *("own tests passed", "s: init, build, test"),
)


def written(known: Mapping[str, Application], recorded: Mapping[str, Mapping[str, Any]]) -> str:
    """The document."""
    head = f"| {' | '.join(_COLUMNS)} |\n|{'---|' * len(_COLUMNS)}\n"
    return _HEAD + head + "".join(_row(known[name], run) for name, run in recorded.items())


def _row(application: Application, run: Mapping[str, Any]) -> str:
    settings = [f"`--add {requirement}`" for requirement in application.add]
    settings += [f"`{setting}`" for setting in run["settings"]]
    seconds = ", ".join(str(run["seconds"].get(step, "")) for step in ("init", "build", "test"))
    cells = [
        application.name,
        application.shape,
        application.origin,
        ", ".join(settings) or "none",
        str(run["problems"]),
        str(run["edits"]),
        f"{run['images']}, {run['started']}",
        str(run["megabytes"]),
        run["pages"],
        run["tests"],
        seconds,
    ]
    return f"| {' | '.join(cells)} |\n"
