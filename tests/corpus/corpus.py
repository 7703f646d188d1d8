"""Compares the verdict of `verify` on real wheels with the truth: importing them in the image.

    PYTHONPATH=tools python3 tests/corpus/corpus.py --release debian13 --python python3.13 --work /tmp/corpus

For each line of wheels-3.13.txt, pip (of `--python`, of the release's minor) fetches the wheel and what it requires.
They are laid and verified on the base, and then unpacked over it, where the base's own interpreter imports every
top-level module and opens every library, as nonroot and by bubblewrap. Results are appended to RESULTS.jsonl in the
work directory; what is there is skipped, so a run can be stopped and goes on.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bases

from distroless_python.actions import verify as main_verify
from distroless_python.actions import wheel_layer as main_wheel_layer
from distroless_python.base.image_reader import read_image
from distroless_python.debian.releases import RELEASES
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import ToolError
from distroless_python.formats.oci import Layout
from distroless_python.sandbox.unpacked_root import UnpackedRoot, User

_HERE = Path(__file__).parent
_SITE = "usr/local/lib"
# What the loader says of what verification looks for; anything else that fails is not its business.
_LINKING = re.compile(r"cannot open shared object file|version `\S+' not found|wrong ELF class|invalid ELF header")


class Corpus:
    """One base and its work directory."""

    def __init__(self, release: str, python: str, work: Path) -> None:
        self.python = python
        self.work = work
        self.profile = bases.build(release, work / "base")
        self.target = json.loads(self.profile.read_text(encoding="utf-8"))["python"]
        self.root = work / "root"
        if not self.root.exists():
            layout = Layout(work / "base/base")
            tree = UnpackedRoot(self.root)
            tree.unpack(layout, read_image(layout, "amd64").layers)
            tree.grant(User(65532, 65532))
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
        own = next(LayerFacts.read(layer["facts"]) for layer in layers if LayerFacts.read(layer["facts"]).name == name)
        report = self.verify(layers)
        libraries = [library["path"] for library in report["libraries"] if library["package"].split()[0] == name]
        modules = list(own.wheel.top_level) if own.wheel else []
        truth = self.try_out(here / "tree", layers, modules, libraries)
        return {
            "name": name,
            "version": own.version,
            "findings": [
                {"name": finding["name"], "package": finding.get("package", ""), "files": finding.get("files", [])}
                for finding in report["findings"]
                if finding["level"] == "error"
            ],
            "libraries": len(libraries),
            "modules": truth["modules"],
            "unopened": {path: said for path, said in truth["libraries"].items() if said},
            "unresolved": sorted(_unresolved(report, name)),
        }

    def lay(self, wheel: Path) -> dict[str, str]:
        """Lays a wheel, once for all that require it."""
        stem = self.work / "layers" / wheel.name[: -len(".whl")]
        stem.parent.mkdir(exist_ok=True)
        paths = {"facts": f"{stem}.layer.json", "elf": f"{stem}.elf.json", "layer": f"{stem}.layer.tar.gz"}
        if not Path(paths["elf"]).exists():
            job = {"wheel": str(wheel), "output": paths["layer"], "label": wheel.name, "profile": str(self.profile)}
            job |= {"facts": paths["facts"], "elf": paths["elf"]}
            bases.run(main_wheel_layer, self.work, {**job, "compile": False})
        return paths

    def verify(self, layers: list[dict[str, str]]) -> dict[str, Any]:
        """The report on an image of these layers."""
        output = self.work / "report.json"
        layers = [{"facts": layer["facts"], "elf": layer["elf"]} for layer in layers]
        job = {"label": "//corpus:image", "profile": str(self.profile), "layers": layers, "report_json": str(output)}
        bases.run(main_verify, self.work, job)
        report: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
        return report

    def try_out(
        self, tree: Path, layers: list[dict[str, str]], modules: list[str], libraries: list[str]
    ) -> dict[str, dict[str, str]]:
        """What happens when the image's Python imports the modules and opens the libraries."""
        for layer in layers:
            command = ["tar", "--no-same-owner", "-xzf", layer["layer"], "-C", str(tree)]
            tree.mkdir(exist_ok=True)
            subprocess.run(command, check=True)
        site = self.target["dist_packages"]
        asked = {
            "modules": modules,
            "libraries": [path if path.startswith("/") else f"{site}/{path}" for path in libraries],
        }
        command = ["bwrap", "--unshare-user", "--unshare-all", "--uid", "65532", "--gid", "65532", "--die-with-parent"]
        command += ["--ro-bind", str(self.root), "/", "--ro-bind", str(tree / "usr/local"), "/usr/local"]
        command += ["--ro-bind", str(_HERE / "inside.py"), "/inside.py", "--proc", "/proc", "--dev", "/dev"]
        command += ["--tmpfs", "/tmp", "--chdir", "/tmp", "--clearenv", "--setenv", "HOME", "/tmp"]
        command += ["--setenv", "LANG", "C.UTF-8", self.target["executable"], "/inside.py"]
        result = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=1800, input=json.dumps(asked)
        )
        if result.returncode:
            raise RuntimeError(f"{modules}: {result.stderr}")
        truth: dict[str, dict[str, str]] = json.loads(result.stdout.splitlines()[-1])
        truth["libraries"] = {path.replace(f"{site}/", ""): said for path, said in truth["libraries"].items()}
        return truth


def _unresolved(report: dict[str, Any], name: str) -> Iterator[str]:
    for library in report["libraries"]:
        if library["package"].split()[0] == name and not all(need["from"] for need in library["needs"]):
            yield library["path"]


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
    failures = [*result["modules"].items(), *_programs(result)]
    broken = [f"{name}: {said}" for name, said in failures if is_linking(said)]
    if own and not broken:
        return "false alarm", own
    if broken and not result["findings"]:
        return "miss", broken
    return "right", own or [f"{name}: {said}" for name, said in result["modules"].items() if said]


def _programs(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(path, said) for path, said in result["unopened"].items() if said.endswith("(a program)")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", required=True)
    parser.add_argument("--python", required=True, help="a Python of the release's minor version, with pip")
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--wheels", type=Path, help="default: wheels-3.13.txt, of the release's Python")
    parser.add_argument("names", nargs="*", help="only these")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    results = arguments.work / "RESULTS.jsonl"
    done = {json.loads(line)["name"] for line in results.read_text().splitlines()} if results.exists() else set()
    wheels = arguments.wheels or _HERE / f"wheels-{RELEASES[arguments.release].python}.txt"
    lines = [line for line in wheels.read_text().splitlines() if line and not line.startswith("#")]
    corpus = Corpus(arguments.release, arguments.python, arguments.work.absolute())
    for line in lines:
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
