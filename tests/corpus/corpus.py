"""Compares the verdict of `verify` on real wheels with the truth: importing them in the image.

    PYTHONPATH=tools python3 tests/corpus/corpus.py --release debian13 --python python3.13 --work /tmp/corpus

For each line of wheels-3.13.txt (compiled ones) and system-3.13.txt (that open libraries by themselves, start programs
or read data), pip (of `--python`, of the release's minor) fetches the wheel and what it requires. They are laid and
verified on the base, and then unpacked over it, where the base's own interpreter imports every top-level module and 30
others, each in a process of its own with an audit hook for what it asks the system for, and opens every library, as
nonroot and by bubblewrap. Results are appended to RESULTS.jsonl in the work directory; what is there is skipped, so a
run can be stopped and goes on. table.py prints the figures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import bases

from distroless_python.actions import wheel_layer as main_wheel_layer
from distroless_python.debian.releases import RELEASES
from distroless_python.errors import ToolError
from distroless_python.manifests.image import Entry
from distroless_python.manifests.verify import NO_DEBS, VerifyManifest
from distroless_python.verify.checks import imports as check_imports
from distroless_python.verify.checks import libraries as check_libraries
from distroless_python.verify.checks import requirements as check_requirements
from distroless_python.verify.checks import system as check_system
from distroless_python.verify.contents import ImageLayer, VerifiedImage, read
from distroless_python.verify.linking import link
from distroless_python.verify.program import examine_program
from distroless_python.verify.reach import Start

_HERE = Path(__file__).parent
_SITE = "usr/local/lib"
# What the loader says of what verification looks for; other failures do not count.
_LINKING = re.compile(r"cannot open shared object file|version `\S+' not found|wrong ELF class|invalid ELF header")


_LACKING = re.compile(
    r"No module named|cannot open shared object|cannot load library|[Ll]ibrary not found|FileNotFoundError|SyntaxError"
    r"|[Uu]nable to (?:find|load)|not find any library|cannot find a|not found|could not be loaded|\[(?:dlopen|start) "
)
"""What an import says that fails for want of something in the image."""

_NOT_IMPORTED = re.compile(
    r"(?:^|[._])(?:tests?\w*|testing|conftest|__main__|setup|win32|windows|_?pswindows|osx|pslinux|psosx|darwin|macos|cocoa|examples?|benchmarks?)(?:[._]|$)|[^\w.]"
)
_INNER = 30
"""So many modules of a wheel below its top are imported."""


class Corpus:
    """One base and its work directory."""

    def __init__(self, release: str, python: str, work: Path) -> None:
        self.python = python
        self.work = work
        self.base = bases.build(release, work / "base")
        self.target = self.base.profile.python
        self.root = work / "root"
        if not self.root.exists():
            self.base.unpack(self.root)
            (self.root / _SITE).mkdir(parents=True, exist_ok=True)
            for name in ("proc", "dev", "tmp"):
                (self.root / name).mkdir(exist_ok=True)
            (self.root / "inside.py").touch()

    def examine(self, line: str) -> dict[str, Any]:
        """The result for one requirement."""
        here = self.work / "now"
        shutil.rmtree(here, ignore_errors=True)
        (here / "wheels").mkdir(parents=True)
        command = [self.python, "-m", "pip", "download", "-q", "--only-binary=:all:", "-d", str(here / "wheels"), line]
        fetched = subprocess.run(command, capture_output=True, text=True, check=False)
        name = re.split("[=<>]", line)[0]
        if fetched.returncode:
            return {"name": name, "version": "", "skipped": _last_line(fetched.stderr)}
        try:
            layers = [self.lay(wheel) for wheel in sorted((here / "wheels").iterdir())]
        except ToolError as error:
            return {"name": name, "version": "", "skipped": str(error)}
        image = self.image(layers)
        own = next(layer for layer in image.layers if layer.about.name == name)
        linking = link(image)
        found = [*check_libraries.check(image, linking), *check_requirements.check(image)]
        unresolved = [
            image.short(linked.library.facts.path)
            for linked in linking.native
            if linked.library.layer is own and None in linked.providers.values()
        ]
        libraries = [image.short(linked.library.facts.path) for linked in linking.native if linked.library.layer is own]
        top = list(own.about.wheel.top_level) if own.about.wheel else []
        inner = sample(own)
        truth = self.try_out(here / "tree", layers, {"modules": top, "inner": inner}, libraries)
        return {
            "name": name,
            "version": own.about.version,
            "findings": [
                {"name": finding.name, "package": finding.package, "files": finding.files}
                for finding in found
                if finding.level == "error"
            ],
            "layers": [layer["facts"] for layer in layers],
            "libraries": len(libraries),
            "modules": {module: truth["modules"][module] for module in top},
            "unopened": {path: said for path, said in truth["libraries"].items() if said},
            "unresolved": sorted(unresolved),
            "imports": {
                module: {"said": truth["modules"][module], "findings": importing(image, module)}
                for module in dict.fromkeys([*top, *inner])
            },
        }

    def judge(self, results: Path) -> None:
        """Looks again for findings, in the layers that are there; what happened when they were tried out stays."""
        judged = []
        for line in results.read_text().splitlines():
            result = json.loads(line)
            if result.get("layers"):
                stems = [path[: -len(".layer.json")] for path in result["layers"]]
                image = self.image([{"facts": f"{s}.layer.json", "contents": f"{s}.contents.json"} for s in stems])
                for module, imported in result["imports"].items():
                    imported["findings"] = importing(image, module)
            judged.append(json.dumps(result) + "\n")
        results.write_text("".join(judged))

    def lay(self, wheel: Path) -> dict[str, str]:
        """Makes a wheel's layer, once for all that require it."""
        stem = self.work / "layers" / wheel.name[: -len(".whl")]
        stem.parent.mkdir(exist_ok=True)
        paths = {"facts": f"{stem}.layer.json", "contents": f"{stem}.contents.json", "layer": f"{stem}.layer.tar.gz"}
        if not Path(paths["contents"]).exists():
            about = {"label": wheel.name, "direct": True, "interpreter": None, "sha256": None}
            python = self.base.described["python"]
            bases.run(main_wheel_layer, self.work, {"wheel": str(wheel), "output": paths, "python": python, **about})
        return paths

    def image(self, layers: list[dict[str, str]]) -> VerifiedImage:
        """An image of these layers."""
        return read(
            VerifyManifest(
                label="//corpus:image",
                profile=self.base.described["profile"],
                base=self.base.described["contents"],
                debs=NO_DEBS,
                entry=Entry("none"),
                args=(),
                healthcheck=(),
                env={},
                workdir="/tmp",
                allow={},
                today="2026-01-01",
                layers=tuple(layer["contents"] for layer in layers),
                imports=(),
            )
        )

    def try_out(
        self, tree: Path, layers: list[dict[str, str]], modules: dict[str, list[str]], libraries: list[str]
    ) -> dict[str, dict[str, str]]:
        """What happens when the image's Python imports the modules and opens the libraries."""
        for layer in layers:
            command = ["tar", "--no-same-owner", "-xzf", layer["layer"], "-C", str(tree)]
            tree.mkdir(exist_ok=True)
            subprocess.run(command, check=True)
        site = self.target.dist_packages
        asked = {**modules, "libraries": [path if path.startswith("/") else f"{site}/{path}" for path in libraries]}
        command = ["bwrap", "--unshare-user", "--unshare-all", "--uid", "65532", "--gid", "65532", "--die-with-parent"]
        command += ["--ro-bind", str(self.root), "/", "--ro-bind", str(tree / "usr/local"), "/usr/local"]
        command += ["--ro-bind", str(_HERE / "inside.py"), "/inside.py", "--proc", "/proc", "--dev", "/dev"]
        command += ["--tmpfs", "/tmp", "--chdir", "/tmp", "--clearenv", "--setenv", "HOME", "/tmp"]
        command += ["--setenv", "LANG", "C.UTF-8", self.target.executable, "/inside.py"]
        result = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=1800, input=json.dumps(asked)
        )
        if result.returncode:
            raise RuntimeError(f"{modules}: {result.stderr}")
        truth: dict[str, dict[str, str]] = json.loads(result.stdout.splitlines()[-1])
        truth["libraries"] = {path.replace(f"{site}/", ""): said for path, said in truth["libraries"].items()}
        return truth


def sample(layer: ImageLayer) -> list[str]:
    """Some of a wheel's modules below its top: the same ones in every run, no tests among them."""
    site = "dist-packages/"
    paths = (file.path.rpartition(site)[2] for file in layer.contents.files if site in file.path)
    names = {path[: -len(".py")].replace("/", ".").removesuffix(".__init__") for path in paths if path.endswith(".py")}
    inner = [name for name in names if "." in name and not _NOT_IMPORTED.search(name)]
    return sorted(inner, key=lambda name: hashlib.sha256(name.encode()).digest())[:_INNER]


def importing(image: VerifiedImage, module: str) -> list[str]:
    """The errors that verification finds in an image that imports a module when it starts."""
    program = examine_program(image, Entry("none"), (), (Start(module, "the corpus imports it"),))
    found = [*check_imports.check(image, program), *check_system.check(image, program)]
    return sorted(finding.name for finding in found if finding.level == "error")


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith("ERROR")] or text.splitlines() or [""]
    return lines[-1][:200]


def is_linking(said: str) -> bool:
    """Whether a failure is of the kind that verification is about."""
    return bool(_LINKING.search(said))


def verdicts(result: dict[str, Any]) -> tuple[str, list[str]]:
    """`right`, `false alarm`, `miss` or `skipped`, and why: its own findings against its imports and programs."""
    if result.get("skipped"):
        return "skipped", [result["skipped"]]
    own = [f["name"] for f in result["findings"] if f["package"].split(" ")[0] == result["name"]]
    opened = {module for module, found in result.get("imports", {}).items() if found["findings"]}
    failures = [item for item in result["modules"].items() if item[0] not in opened] + _programs(result)
    broken = [f"{name}: {said}" for name, said in failures if is_linking(said) and not said.startswith("works")]
    if own and not broken:
        return "false alarm", own
    if broken and not result["findings"]:
        return "miss", broken
    return "right", own or [f"{name}: {said}" for name, said in result["modules"].items() if said]


def import_verdict(result: dict[str, Any], module: str) -> str:
    """`right`, `false alarm`, `miss` or `other`: what importing a module said, against what was found.

    What compiled libraries lack is found for the whole wheel, whichever module is imported.
    Where verification is not at fault an import may fail for other reasons: it wants a display, or an argument.
    """
    said, findings = result["imports"][module]["said"], result["imports"][module]["findings"]
    works = not said or said.startswith("works")
    if works:
        return "false alarm" if findings else "right"
    if findings or (is_linking(said) and result["findings"]):
        return "right"
    return "miss" if _LACKING.search(said) else "other"


def _programs(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(path, said) for path, said in result["unopened"].items() if said.endswith("(a program)")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", required=True)
    parser.add_argument("--python", required=True, help="a Python of the release's minor version, with pip")
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--wheels", type=Path, help="a list; default: those of the release's Python")
    parser.add_argument("--every", type=int, default=1, help="take every n-th line only: what CI does each week")
    parser.add_argument("--judge", action="store_true", help="judge again what was tried out before")
    parser.add_argument("names", nargs="*", help="only these")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    results = arguments.work / "RESULTS.jsonl"
    done = {json.loads(line)["name"] for line in results.read_text().splitlines()} if results.exists() else set()
    lists = (
        [arguments.wheels] if arguments.wheels else sorted(_HERE.glob(f"*-{RELEASES[arguments.release].python}.txt"))
    )
    lines = [line for path in lists for line in path.read_text().splitlines() if line and not line.startswith("#")]
    corpus = Corpus(arguments.release, arguments.python, arguments.work.absolute())
    if arguments.judge:
        corpus.judge(results)
        return 0
    for line in lines[:: arguments.every]:
        name = re.split("[=<>]", line)[0]
        if name in done or (arguments.names and name not in arguments.names):
            continue
        result = corpus.examine(line)
        with results.open("a") as stream:
            stream.write(json.dumps(result) + "\n")
        verdict, why = verdicts(result)
        print(f"{verdict:12} {name} {result['version']} {'; '.join(why)[:200]}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
