"""`wheel-from-sdist`: builds a wheel in a root of Debian packages, with the image's Python and without network."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
import time

from distroless_python.actions import unpack_wheel as main_unpack_wheel
from distroless_python.base.deb_layer import check_digest
from distroless_python.errors import Problem, ToolError
from distroless_python.files import atomic
from distroless_python.manifests.layers import UnpackWheelManifest
from distroless_python.manifests.reading import read_manifest
from distroless_python.manifests.sdist import WheelFromSdistManifest
from distroless_python.python.interpreter import Interpreter
from distroless_python.sandbox import build_root as root
from distroless_python.sandbox import build_sandbox as sandbox
from distroless_python.sdist import backend, requirements, source
from distroless_python.sdist.build_system import BuildSystem
from distroless_python.sdist.diagnose import diagnose
from distroless_python.sdist.pack import pack
from distroless_python.sdist.requirements import MACHINES

_LOOK = (
    "look there for what it misses: packages go into `build_debs` of distroless.wheels, distributions into "
    "`build_requires`, and `patches` mend the rest"
)


def main(argv: list[str]) -> int:
    job = read_manifest(argv[0], WheelFromSdistManifest)
    check_machine(job)
    check_digest(job.sdist, job.sha256)
    scratch = os.path.realpath(tempfile.mkdtemp(dir=os.path.dirname(job.output) or ".", prefix=".sdist."))
    try:
        Build(job, scratch).run()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return 0


def check_machine(job: WheelFromSdistManifest) -> None:
    """Reports a machine that cannot run the image's Python, where that has to compile."""
    if job.pure:
        return
    if platform.machine() != MACHINES[job.architecture] or platform.system() != "Linux":
        here = f"{platform.system()} on {platform.machine()}"
        reason = (
            f"{job.distribution} has no wheel and is built from source for {job.architecture}; this machine is {here}"
        )
        remedy = (
            f"build the image on a machine of linux/{job.architecture}, or on remote executors of that platform "
            f"(--extra_execution_platforms, --remote_executor); or lock a version that has a wheel"
        )
        raise ToolError(Problem(job.label, reason, remedy))


class Build:
    """One build, below the directory `scratch`, which is there and empty."""

    def __init__(self, job: WheelFromSdistManifest, scratch: str) -> None:
        self._job = job
        self._root = os.path.join(scratch, "root")
        self._inside = self._root + sandbox.BUILD
        # Where the build sees that directory.
        self._seen = self._inside if job.pure else sandbox.BUILD
        self._log = os.path.join(scratch, "log")
        self._left = float(job.timeout)

    def run(self) -> None:
        """Builds, and writes the wheel.

        Raises:
            ToolError: with what the build missed or must not do, and the end of its output.
        """
        job = self._job
        source.unpack(job.sdist, f"{self._inside}/source")
        if not job.pure:
            root.make(job.debs, self._root, job.python)
            self._patch()
        system = requirements.read(f"{self._inside}/source", job)
        requirements.check(system, job)
        sites = self._unpack_requirements()
        self._ask_backend(system, sites)
        self._check_result()
        tag = "-".join(os.path.basename(job.output)[: -len(".whl")].split("-")[-3:])
        with atomic(job.output) as stream:
            pack(f"{self._inside}/wheel", tag, stream, job.label)

    def _patch(self) -> None:
        for number, patch in enumerate(self._job.patches):
            shutil.copyfile(patch, f"{self._inside}/{number}.patch")
            command = ["patch", "--strip=1", "--batch", "--directory=source", f"--input={sandbox.BUILD}/{number}.patch"]
            if self._run(command, sandbox.ENVIRONMENT):
                project = f"{self._job.distribution} {self._job.version}"
                reason = f"the patch does not apply to {project}:\n{sandbox.tail(self._log)}"
                raise ToolError(
                    Problem(self._job.label, reason, "make it for this version, with `diff -ru` or git", patch)
                )

    def _unpack_requirements(self) -> list[str]:
        """Unpacks the wheels that the build needs; returns where, as it is inside."""
        sites = []
        for required in self._job.requires:
            place = f"requires/{required.distribution}"
            os.makedirs(f"{self._inside}/{place}")
            main_unpack_wheel.build(UnpackWheelManifest(required.wheel, f"{self._inside}/{place}", None))
            sites.append(f"{self._seen}/{place}")
        return sites

    def _ask_backend(self, system: BuildSystem, sites: list[str]) -> None:
        spec = {
            "backend": system.backend,
            "output": f"{self._seen}/wheel",
            "path": list(system.path),
            "sites": sites,
            "source": f"{self._seen}/source",
        }
        with open(f"{self._inside}/spec.json", "w", encoding="utf-8") as file:
            json.dump(spec, file)
        shutil.copyfile(backend.__file__, f"{self._inside}/backend.py")
        env = {
            **sandbox.ENVIRONMENT,
            "PATH": ":".join([*(f"{site}/bin" for site in sites), sandbox.ENVIRONMENT["PATH"]]),
            "PYTHONPATH": ":".join(sites),
        }
        program = [f"{self._seen}/backend.py", f"{self._seen}/spec.json"]
        if self._job.pure:
            code = self._run_here(program, env)
        else:
            code = self._run([f"/usr/bin/python{self._job.python}", *program], env)
        if code == backend.MISSING:
            with open(f"{self._inside}/wheel.missing", encoding="utf-8") as file:
                raise ToolError([requirements.unmet(text, self._job) for text in json.load(file)])
        if code:
            raise ToolError(self._failure(code))

    def _run(self, command: list[str], env: dict[str, str]) -> int:
        """Runs a command; all of a build share its time, unpacking aside, which is not the project's fault."""
        start = time.monotonic()
        code = sandbox.run(self._root, command, env, self._log, max(1.0, self._left), self._job.label)
        self._left -= time.monotonic() - start
        return code

    def _run_here(self, program: list[str], env: dict[str, str]) -> int:
        """Runs a Python program in the base's Python; in this one for a machine, and where that does not start here."""
        base = Interpreter.of_base(self._job.interpreter) if self._job.interpreter else None
        python = base if base and base.runs_here() else Interpreter.installed(sys.executable)
        temporary = f"{self._inside}/tmp"
        os.makedirs(temporary)
        here = {"HOME": temporary, "TMPDIR": temporary, "PATH": os.path.dirname(temporary), "CPPFLAGS": ""}
        variables = {**env, **python.environment(), **here}
        return sandbox.run_here(python.command(["-B", *program]), variables, self._log, self._left, self._job.label)

    def _failure(self, code: int) -> list[Problem]:
        with open(self._log, encoding="utf-8", errors="replace") as file:
            log = file.read(64 << 20)
        job = self._job
        problems = [Problem(job.label, reason, remedy) for reason, remedy in diagnose(log, requirements.place(job))]
        words = sandbox.tail(self._log)
        reason = f"the build of {job.distribution} {job.version} ended with {code}; the end of its output:\n{words}"
        return [Problem(job.label, reason, "see the errors below" if problems else _LOOK), *problems]

    def _check_result(self) -> None:
        """Checks that what was built is what is locked."""
        job = self._job
        wheel = f"{self._inside}/wheel"
        names = os.listdir(wheel) if not os.path.islink(wheel) else []
        infos = [name for name in names if name.endswith(".dist-info")]
        found = {requirements.normalised(name[: -len(".dist-info")]) for name in infos}
        wanted = requirements.normalised(f"{job.distribution}-{job.version}")
        if found != {wanted}:
            reason = f"the build made {', '.join(sorted(found)) or 'nothing'}, not {wanted}"
            raise ToolError(Problem(job.label, reason, "lock again; if it stays like this, report it upstream"))
