"""What a user counts on: the same bytes everywhere, nothing run twice, no shell. Tests run in the order they stand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from nested import Nested

IMAGE = "//examples/django:image"
SHELLS = {"sh", "bash", "dash"}
# Bazel's own actions for py_binary and friends, which no image needs.
NOT_OURS = {"TestRunner"}


def test_another_output_base_and_a_sandbox_give_the_same_digest(nested: Nested) -> None:
    sandboxed = ("--spawn_strategy=sandboxed,local", f"--disk_cache={nested.disk_cache}")
    nested.bazel("build", "--noshow_progress", *sandboxed, "--output_groups=+digest", IMAGE)
    inner = (nested.outputs() / "examples/django/image.digest").read_text()
    assert inner == Path(os.environ["OUTER_DIGEST"]).read_text()
    assert inner.startswith("sha256:")


def test_a_second_build_runs_no_action(nested: Nested) -> None:
    assert nested.spawned(IMAGE) == []


def test_a_shared_cache_leaves_no_action_to_run(nested: Nested) -> None:
    other = nested.beside("other-output-base")
    try:
        assert other.spawned(f"--disk_cache={nested.disk_cache}", "--output_groups=+digest", IMAGE) == []
        digest = other.outputs() / "examples/django/image.digest"
        assert digest.read_text() == Path(os.environ["OUTER_DIGEST"]).read_text()
    finally:
        other.shutdown()


def test_a_changed_line_runs_the_app_layer_and_the_image_alone(nested: Nested) -> None:
    layers = sorted(nested.output_base.glob("execroot/_main/bazel-out/*/bin/external/*whl_*/wheel.layer.tar.gz"))
    assert len(layers) == 5, "django, asgiref, sqlparse, gunicorn, pillow"
    before = [(layer.stat().st_ino, layer.stat().st_mtime_ns) for layer in layers]
    views = nested.root / "examples/django/polls/views.py"
    views.write_text(views.read_text().replace("Hello World", "Hello, World"))

    assert set(nested.spawned(IMAGE)) == {"AppLayer", "ImageManifest"}, "verification sees nothing of it"
    assert [(layer.stat().st_ino, layer.stat().st_mtime_ns) for layer in layers] == before, "no wheel's layer is new"
    index = nested.outputs() / "examples/django/image.digest"
    assert index.read_text() != Path(os.environ["OUTER_DIGEST"]).read_text(), "the change is in the image"


@pytest.mark.parametrize(
    ("source", "runs"),
    [
        pytest.param("codes.py", {"ImageManifest", "ImageReport", "ImageSbom", "ImageVerify"}, id="what judges images"),
        pytest.param("style.py", {"ImageReport"}, id="the colours of the report's page"),
    ],
)
def test_a_change_runs_what_it_can_change_and_makes_no_layer_again(nested: Nested, source: str, runs: set[str]) -> None:
    everything = ("--output_groups=+report,+sbom", IMAGE)
    nested.bazel("build", "--noshow_progress", *everything)
    changed = nested.root / "tools/distroless_python/verify" / source
    changed.write_text(changed.read_text() + "\n# changed\n")

    assert set(nested.spawned(*everything)) == runs


def test_no_action_starts_a_shell(nested: Nested) -> None:
    actions = nested.actions("deps(//examples/...)")
    ours = [action for action in actions if action.get("arguments") and action["mnemonic"] not in NOT_OURS]
    assert any(action["mnemonic"] == "WheelLayer" for action in ours)
    programs = {action["mnemonic"]: os.path.basename(action["arguments"][0]) for action in ours}
    assert {mnemonic for mnemonic, program in programs.items() if program in SHELLS} == set()
    assert {program for program in programs.values() if program.startswith("python")} == {"python3"}
