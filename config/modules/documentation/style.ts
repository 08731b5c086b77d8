/** The style of the report: one column that fits a phone, light and dark, and on paper. Nothing in it is told by colour alone. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--card:#f6f8fa;--line:#d0d7de;--ink:#1b1f24;--soft:#57606a;--accent:#2f6fdb;--high:#b42318;--medium:#9a6700;--low:#57606a}
@media(prefers-color-scheme:dark){:root{--bg:#0f1317;--card:#181d23;--line:#343b43;--ink:#e6edf3;--soft:#9aa4af;--accent:#6ea4ff;--high:#ff8a7a;--medium:#e3b341;--low:#9aa4af}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:74rem;margin:0 auto;padding:1.5rem clamp(1rem,4vw,2.5rem) 3rem}
h1{font-size:clamp(1.5rem,4vw,2.1rem);line-height:1.2;margin:0 0 .4rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:0 0 .8rem}
h3{font-size:1.05rem;margin:.3rem 0}
p{margin:.3rem 0}
section,footer{margin-top:2.5rem}
code,pre,.path{font-family:ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;font-size:.86em}
code,.path{overflow-wrap:anywhere}
.head{display:flex;flex-wrap:wrap;gap:1.25rem 2rem;align-items:center;padding-bottom:1.75rem;border-bottom:1px solid var(--line)}
.head>div{flex:1 1 17rem;min-width:0}
.ring{width:8.5rem;height:8.5rem;flex:none}
.ring circle{fill:none;stroke-width:12}
.ring .track{stroke:var(--line)}
.ring .level{stroke:var(--accent)}
.ring text{text-anchor:middle;fill:var(--ink)}
.ring .score{font-size:34px;font-weight:700}
.ring .of{font-size:14px;fill:var(--soft)}
.verdict{font-size:1.15rem}
.path,.when,.note{color:var(--soft)}
.when,.note{font-size:.9rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(max(8.5rem,22%),1fr));gap:.75rem;margin:0}
.tiles>div{display:flex;flex-direction:column;background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.7rem .9rem}
.tiles dt{order:2;font-size:.92rem}
.tiles dd{order:1;margin:0;font-size:1.6rem;font-weight:650;line-height:1.2;font-variant-numeric:tabular-nums}
.tiles dd.note{order:3;font-size:.82rem;font-weight:400;line-height:1.35}
.findings{list-style:none;margin:0;padding:0;display:grid;gap:.9rem}
.finding{background:var(--card);border:1px solid var(--line);border-left:6px solid var(--low);border-radius:.6rem;padding:.8rem 1.1rem;min-width:0}
.finding.high{border-left-color:var(--high)}
.finding.medium{border-left-style:double;border-left-color:var(--medium)}
.finding.low{border-left-style:dashed}
.finding.info{border-left-style:dotted}
.tags{font-size:.82rem;color:var(--soft);margin:0}
.severity{font-weight:700;text-transform:uppercase;letter-spacing:.04em;margin-right:.5rem}
.high .severity{color:var(--high)}
.medium .severity{color:var(--medium)}
.evidence{margin:.5rem 0;padding-left:1.2rem}
.evidence li{margin:.15rem 0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:1rem}
figure{margin:0;padding:.9rem;background:var(--card);border:1px solid var(--line);border-radius:.6rem;overflow-x:auto}
figure svg{display:block;color:inherit;margin:auto;height:auto}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.6rem}
table{border-collapse:collapse;width:100%;font-size:.93rem}
th,td{padding:.45rem .8rem;text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{border-top:0;background:var(--card);white-space:nowrap;font-size:.85rem}
tbody th{font-weight:500;min-width:9rem}
td code,th code{overflow-wrap:anywhere}
td:has(code){min-width:14rem}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
pre{overflow:auto;max-height:30rem;padding:.9rem;background:var(--card);border:1px solid var(--line);border-radius:.6rem}
footer{border-top:1px solid var(--line);padding-top:1.25rem;color:var(--soft);font-size:.92rem}
footer h2{font-size:1rem;color:var(--ink);margin-bottom:.3rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
@media print{:root{--bg:#fff;--card:#fff;--line:#999;--ink:#000;--soft:#333;--accent:#333;--high:#000;--medium:#000;--low:#000}
body{font-size:11pt}main{max-width:none;padding:0}.finding,figure,tr,.tiles>div{break-inside:avoid}h2,h3{break-after:avoid}.scroll,figure,pre{overflow:visible;max-height:none}}
`;
