"""The style sheet of the HTML report."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #e3e6eb; --text: #1c2330; --soft: #667085; --code: #f0f2f5;
  --base: #64748b; --deb: #0f9d8a; --wheel: #3b6fe0; --app: #e07b1f; --files: #b45fc7;
  --error: #d1343f; --warning: #c98a00; --allowed: #8a94a6; --good: #1f9d55;
  --error-soft: #fdf0f0; --warning-soft: #fdf7e8; --good-soft: #edf9f1; --shade: rgba(16, 24, 40, .06);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f141b; --card: #171d26; --line: #2a3340; --text: #e6eaf0; --soft: #93a0b4; --code: #202833;
    --base: #5b6b82; --deb: #17907f; --wheel: #3f6fd1; --app: #c96f1d; --files: #9c50ad;
    --error: #f0636c; --warning: #e2ab33; --allowed: #7d889a; --good: #3fbf77;
    --error-soft: #2a191d; --warning-soft: #29230f; --good-soft: #12281c; --shade: rgba(0, 0, 0, .35);
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 40px 0 12px; letter-spacing: -.005em; }
h2 small { font-weight: 400; color: var(--soft); margin-left: 6px; font-size: 14px; }
p { margin: 0; }
.about { color: var(--soft); margin-top: 6px; }
code, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code, .mono { font-size: .92em; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin-top: 24px; }
.tile, .card, .tree, table { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: 14px 16px; }
.tile b { display: block; font-size: 24px; font-weight: 600; letter-spacing: -.02em; line-height: 1.25; }
.tile span { color: var(--soft); font-size: 13px; }
.tile.error b { color: var(--error); } .tile.warning b { color: var(--warning); } .tile.good b { color: var(--good); }
.card { padding: 14px 16px; margin-bottom: 10px; border-left: 4px solid var(--line); }
.card.error { border-left-color: var(--error); background: var(--error-soft); }
.card.warning { border-left-color: var(--warning); background: var(--warning-soft); }
.card.allowed { border-left-color: var(--allowed); }
.card.good { border-left-color: var(--good); background: var(--good-soft); }
.card header { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; }
.card header b { font-weight: 600; overflow-wrap: anywhere; }
.card header .level { font-size: 12px; font-weight: 600; text-transform: uppercase; letter-spacing: .05em; }
.error .level { color: var(--error); } .warning .level { color: var(--warning); }
.allowed .level { color: var(--allowed); }
.card .where { color: var(--soft); overflow-wrap: anywhere; }
.card .remedy { margin-top: 8px; padding: 8px 12px; border-radius: 6px; }
.card .remedy { background: var(--code); overflow-wrap: anywhere; }
.card .remedy::before { content: "→ "; color: var(--soft); }
.tree { position: relative; height: 460px; padding: 0; overflow: hidden; box-shadow: 0 1px 3px var(--shade); }
.tree .group, .tree .item { position: absolute; overflow: hidden; }
.tree .group { border: 2px solid var(--card); border-radius: 8px; }
.tree .group > b {
  position: absolute; inset: 0 0 auto 0; height: 22px; padding: 2px 7px; font-size: 12px; font-weight: 600;
  color: #fff; white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
}
.tree .group > div { position: absolute; inset: 22px 0 0 0; }
.tree .item { border: 1px solid rgba(255, 255, 255, .22); color: #fff; padding: 3px 6px; }
.tree .item { font-size: 12px; line-height: 1.3; }
.tree .item:nth-child(3n+2) { background: rgba(255, 255, 255, .07); }
.tree .item:nth-child(3n) { background: rgba(0, 0, 0, .07); }
.tree .item:hover { filter: brightness(1.14); }
.tree .item span { display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.tree .item span + span { opacity: .8; font-size: 11px; }
.base { background: var(--base); } .deb { background: var(--deb); } .wheel { background: var(--wheel); }
.app { background: var(--app); } .files { background: var(--files); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: separate; border-spacing: 0; font-size: 14px; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: 13px; }
th, td { padding: 7px 14px; border-bottom: 1px solid var(--line); white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td.bar { width: 26%; min-width: 110px; }
td.bar i { display: block; height: 8px; border-radius: 4px; min-width: 2px; }
td .version { color: var(--soft); margin-left: 6px; }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 3px; margin-right: 8px; }
details { background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin-bottom: 8px; }
summary { cursor: pointer; padding: 10px 16px; font-weight: 600; }
summary span { font-weight: 400; color: var(--soft); margin-left: 8px; }
details ul { list-style: none; margin: 0; padding: 0 16px 8px; }
details li { padding: 8px 0; border-top: 1px solid var(--line); }
.needs { display: flex; flex-wrap: wrap; gap: 5px; margin-top: 5px; }
.need { background: var(--code); border-radius: 5px; padding: 1px 7px; font-size: 12.5px; }
.need em { font-style: normal; color: var(--soft); } .need.missing { background: var(--error); color: #fff; }
.need.missing em { color: inherit; }
.plain { margin: 0; padding: 12px 16px 12px 34px; } .plain li { margin: 3px 0; overflow-wrap: anywhere; }
@media print { .tree { break-inside: avoid; } }
"""
