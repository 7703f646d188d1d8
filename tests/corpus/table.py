"""Prints what a run of corpus.py found, as Markdown for docs/explanation/verification.md: libraries, then imports.

PYTHONPATH=tools:tests/corpus python3 tests/corpus/table.py debian13=/tmp/corpus13 debian12=/tmp/corpus12

Exits with 1 where importing a top-level module fails unnoticed (private ones aside: others import them), or more than
1 % of the findings are false alarms.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from corpus import import_verdict, is_linking, verdicts


def libraries(results: list[dict[str, Any]]) -> Counter[str]:
    """How many libraries open, how many do not, and in how many the checker says something else."""
    counts: Counter[str] = Counter()
    for result in results:
        unresolved = set(result.get("unresolved", ()))
        unopened = _unopened(result)
        counts["libraries"] += result.get("libraries", 0)
        counts["unopened"] += len(unopened)
        counts["false alarms"] += len(unresolved - unopened)
        counts["misses"] += len(_unexplained(result))
    return counts


def _unopened(result: dict[str, Any]) -> set[str]:
    return {path for path, said in result.get("unopened", {}).items() if is_linking(said)}


def _unexplained(result: dict[str, Any]) -> set[str]:
    """Libraries that do not open for want of what no finding names; the want may be another library's."""
    unopened = _unopened(result) - set(result.get("unresolved", ()))
    named = {finding["name"].partition(":")[2] for finding in result.get("findings", ())}
    return {path for path in unopened if not any(name in result["unopened"][path] for name in named)}


def _imports(results: list[dict[str, Any]], details: list[str]) -> str:
    """How many modules were imported, how many of these imports fail, and where the checker says something else."""
    counts: Counter[str] = Counter()
    for result in results:
        for module, imported in result.get("imports", {}).items():
            said, findings = imported["said"], imported["findings"]
            verdict = import_verdict(result, module)
            counts[verdict] += 1
            counts["fail"] += bool(said) and not said.startswith("works")
            if verdict != "right":
                first = said.splitlines()[0][:160] if said else ", ".join(findings)
                details.append(f"- {result['name']} {result['version']}: {module}: {verdict}: {first}")
    total = sum(counts[verdict] for verdict in ("right", "false alarm", "miss", "other"))
    return f"{total} | {counts['fail']} | {counts['false alarm']} | {counts['miss']} | {counts['other']}"


def _is_bad(results: list[dict[str, Any]]) -> bool:
    """Whether a top-level import fails and nothing says so, or more than 1 % of all imports are false alarms."""
    missed = total = alarms = 0
    for result in results:
        for module in result.get("imports", {}):
            verdict = import_verdict(result, module)
            missed += verdict == "miss" and module in result["modules"] and not module.startswith("_")
            alarms += verdict == "false alarm"
            total += 1
    return missed > 0 or alarms * 100 > total


def main(argv: list[str]) -> int:
    rows, imports, details = [], [], []
    all_results = []
    for argument in argv:
        release, _, work = argument.partition("=")
        results = [json.loads(line) for line in (Path(work) / "RESULTS.jsonl").read_text().splitlines()]
        all_results += results
        verdict = Counter(verdicts(result)[0] for result in results)
        files = libraries(results)
        examined = len(results) - verdict["skipped"]
        rows.append(
            f"| {release} | {examined} | {verdict['right']} | {verdict['false alarm']} | {verdict['miss']} "
            f"| {files['libraries']} | {files['unopened']} | {files['false alarms']} | {files['misses']} |"
        )
        imports.append(f"| {release} | {examined} | {_imports(results, details)} |")
        for result in results:
            kind, why = verdicts(result)
            if kind != "right" or why:
                details.append(f"- {release}: {result['name']} {result['version']}: {kind}: {'; '.join(why)}")
            opened = set(result.get("unresolved", ())) - _unopened(result)
            for path in sorted(opened | _unexplained(result)):
                said = result["unopened"].get(path, "opens")
                details.append(f"  - {result['name']}: {path}: {said[:160]}")
    print("| base | wheels | right | false alarms | misses | libraries | that do not open | false alarms | misses |")
    print("|---|---|---|---|---|---|---|---|---|")
    print("\n".join([*rows, ""]))
    print("| base | wheels | modules imported | that fail | false alarms | misses | other reasons |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join([*imports, "", *details]))
    return int(_is_bad(all_results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
