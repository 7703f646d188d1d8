"""The report as one page of HTML that stands alone: no script, no network, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from distroless_python.verify.style import STYLE
from distroless_python.verify.treemap import Rectangle, squarify

_WIDTH, _HEIGHT = 1080.0, 460.0  # pixels that the treemap is laid out for; it is drawn in percent
_GROUPS = {
    "wheel": "Wheels",
    "base": "Base",
    "deb": "Debian packages",
    "app": "Application",
    "files": "Libraries",
}
_LEAST = 0.004  # of the whole; what is smaller shares a tile

_Json = Mapping[str, Any]


def page(report: _Json) -> str:
    """The page for a report of `report.report`."""
    title = escape(report["image"])
    body = "".join(
        (
            *_header(report),
            *_findings(report["findings"], report["debs_steps"]),
            *_program(report),
            *_treemap(report["layers"]),
            *_layers(report["layers"]),
            *_libraries(report["libraries"]),
            *_left_out(report["left_out"]),
        )
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head>\n<body><main>{body}</main></body></html>\n"
    )


def _header(report: _Json) -> Iterator[str]:
    base = report["base"]
    errors = sum(finding["level"] == "error" for finding in report["findings"])
    warnings = sum(finding["level"] == "warning" for finding in report["findings"])
    about = f"{base['release'] or 'base'} · Python {base['python']} · glibc {base['glibc']} · {base['architecture']}"
    yield f'<h1>{escape(report["image"])}</h1><p class="about">{escape(about)}</p><div class="tiles">'
    yield _tile(_bytes(report["size"]), "compressed")
    yield _tile(str(sum("requires" in layer for layer in report["layers"])), "wheels")
    yield _tile(str(len(base["packages"])), "Debian packages in the base")
    yield _tile(str(len(report["libraries"])), "libraries and programs checked")
    if errors:
        yield _tile(str(errors), "error" + "s" * (errors > 1), "error")
    elif warnings:
        yield _tile(str(warnings), "warning" + "s" * (warnings > 1), "warning")
    else:
        yield _tile("0", "errors", "good")
    yield "</div>"


def _tile(value: str, what: str, kind: str = "") -> str:
    return f'<div class="tile {kind}"><b>{escape(value)}</b><span>{escape(what)}</span></div>'


def _findings(findings: Sequence[_Json], debs_steps: Sequence[str]) -> Iterator[str]:
    yield "<h2>Findings</h2>"
    if not findings:
        yield '<div class="card good"><b>Nothing was found to be missing, in what was checked.</b></div>'
    if debs_steps:
        steps = "".join(f'<p class="remedy">{escape(step)}</p>' for step in debs_steps)
        yield f'<div class="card"><b>All missing Debian packages</b>{steps}</div>'
    for finding in findings:
        package = f"<b>{escape(finding['package'])}</b>" if finding.get("package") else ""
        yield f'<div class="card {finding["level"]}"><header><span class="level">{finding["level"]}</span>{package}'
        yield f"<code>{escape(finding['name'])}</code></header><p>{escape(finding['reason'])}</p>"
        files = finding.get("files", ())
        if files:
            more = f" and {len(files) - 5} more" if len(files) > 5 else ""
            yield f'<p class="where mono">{escape(", ".join(files[:5]) + more)}</p>'
        if finding["level"] == "allowed":
            yield f'<p class="remedy">allowed: {escape(finding["allowed"])}</p>'
        else:
            yield f'<p class="remedy">{escape(finding["remedy"])}</p>'
        yield "</div>"


def _program(report: _Json) -> Iterator[str]:
    """What was checked, and what was not."""
    program, config = report["program"], report["config"]
    yield "<h2>What starts</h2><div class='card'><ul class='plain'>"
    for name, value in config.items():
        items = [f"{key}={text}" for key, text in value.items()] if isinstance(value, dict) else value
        text = items if isinstance(items, str) else ", ".join(items)
        yield f"<li>{name}: <code>{escape(text)}</code></li>" if text else ""
    yield "</ul></div><h2>What was checked, and what was not</h2><div class='card'><ul class='plain'>"
    for start in program["starts"]:
        yield f"<li>followed: <code>{escape(start)}</code></li>"
    yield f"<li>imports {program['modules']} modules, {program['first_party']} of them first-party"
    yield f"; missing: <code>{escape(', '.join(program['missing']))}</code></li>" if program["missing"] else "</li>"
    yield from (f"<li>checked: {escape(what)}</li>" for what in report["checked"])
    yield from (f"<li>not checked: {escape(what)}</li>" for what in report["unchecked"])
    yield "</ul></div>"


def _treemap(layers: Sequence[_Json]) -> Iterator[str]:
    groups = {kind: [layer for layer in layers if layer["kind"] == kind and layer["size"]] for kind in _GROUPS}
    sizes = {kind: sum(layer["size"] for layer in members) for kind, members in groups.items() if members}
    total = sum(sizes.values())
    if not total:
        return
    yield f'<h2>Where the bytes are<small>compressed, {_bytes(total)}</small></h2><div class="tree">'
    ordered = sorted(sizes, key=lambda kind: -sizes[kind])
    areas = squarify([sizes[kind] for kind in ordered], Rectangle(0, 0, _WIDTH, _HEIGHT))
    for kind, area in zip(ordered, areas):
        share = f"{_GROUPS[kind]} · {_bytes(sizes[kind])}"
        yield f'<div class="group {kind}" style="{_place(area, _WIDTH, _HEIGHT)}" title="{escape(share)}">'
        yield f"<b>{escape(share)}</b><div>"
        yield from _items(groups[kind], total, area)
        yield "</div></div>"
    yield "</div>"


def _items(layers: Sequence[_Json], total: int, area: Rectangle) -> Iterator[str]:
    tiles = [(_title(layer), layer["size"]) for layer in layers if layer["size"] >= total * _LEAST]
    small = [layer["size"] for layer in layers if layer["size"] < total * _LEAST]
    if small:
        tiles.append((f"{len(small)} more", sum(small)))
    tiles.sort(key=lambda tile: -tile[1])
    inner = Rectangle(0, 0, area.width, max(area.height - 22, 1))
    for (title, size), place in zip(tiles, squarify([size for _, size in tiles], inner)):
        text = ""
        if place.width > 44 and place.height > 20:
            text = f"<span>{escape(title)}</span>"
            text += f"<span>{_bytes(size)}</span>" if place.height > 38 else ""
        style = _place(place, inner.width, inner.height)
        yield f'<div class="item" style="{style}" title="{escape(title)} · {_bytes(size)}">{text}</div>'


def _place(area: Rectangle, width: float, height: float) -> str:
    parts = (("left", area.x / width), ("top", area.y / height), ("width", area.width / width))
    placed = [*parts, ("height", area.height / height)]
    return ";".join(f"{name}:{100 * value:.3f}%" for name, value in placed)


def _layers(layers: Sequence[_Json]) -> Iterator[str]:
    own = sorted((layer for layer in layers if layer["kind"] != "base"), key=lambda layer: -layer["size"])
    if not own:
        return
    largest = max(layer["size"] for layer in own) or 1
    yield f"<h2>What was added to the base<small>{len(own)} packages</small></h2><div class='scroll'><table>"
    yield "<tr><th>Package</th><th class='n'>Compressed</th><th></th><th class='n'>Unpacked</th>"
    yield "<th class='n'>Files</th></tr>"
    for layer in own:
        width = f"{100 * layer['size'] / largest:.1f}%"
        yield f'<tr><td><span class="dot {layer["kind"]}"></span>{escape(layer["name"])}'
        yield f'<span class="version">{escape(layer["version"])}</span></td><td class="n">{_bytes(layer["size"])}</td>'
        yield f'<td class="bar"><i class="{layer["kind"]}" style="width:{width}"></i></td>'
        yield f'<td class="n">{_bytes(layer["unpacked"])}</td><td class="n">{layer["files"]:,}</td></tr>'
    yield "</table></div>"


def _libraries(libraries: Sequence[_Json]) -> Iterator[str]:
    packages: dict[str, list[_Json]] = {}
    for library in libraries:
        packages.setdefault(library["package"], []).append(library)
    if packages:
        yield f"<h2>What libraries need<small>{len(libraries)} files</small></h2>"
    for package, members in sorted(packages.items()):
        others = sorted({need["from"] or "nothing" for library in members for need in library["needs"]} - {package})
        is_open = " open" if "nothing" in others else ""
        yield f"<details{is_open}><summary>{escape(package)}<span>{_files(len(members))}"
        yield f"{' · from ' + escape(', '.join(others)) if others else ''}</span></summary><ul>"
        for library in members:
            yield f'<li><span class="mono">{escape(library["path"])}</span>{_needs(library["needs"], package)}</li>'
        yield "</ul></details>"


def _needs(needs: Iterable[_Json], package: str) -> str:
    chips = []
    for need in needs:
        missing = "" if need["from"] else " missing"
        source = "" if need["from"] == package else f" <em>{escape(need['from'] or 'not in the image')}</em>"
        title = escape(", ".join(need["versions"]))
        chips.append(f'<span class="need{missing}" title="{title}">{escape(need["name"])}{source}</span>')
    return f'<div class="needs">{"".join(chips)}</div>' if chips else ""


def _left_out(items: Sequence[_Json]) -> Iterator[str]:
    yield "<h2>What is not in the image</h2><div class='card'><ul class='plain'>"
    for item in items:
        package = f"<b>{escape(item['package'])}</b>: " if item["package"] else ""
        yield f"<li>{package}{escape(item['what'])}</li>"
    yield "</ul></div>"


def _title(layer: _Json) -> str:
    return f"{layer['name']} {layer['version']}".strip()


def _files(count: int) -> str:
    return f"{count} file" + "s" * (count > 1)


def _bytes(size: float) -> str:
    for unit in ("B", "kB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} MB"
