/* SPDX-License-Identifier: Apache-2.0 */
/* The head of the auditors' page: no script, nothing from elsewhere, readable on paper and in the dark. */
#include "report.h"

static const char style[] =
	":root{--ink:#1b1f24;--soft:#59636e;--line:#d1d9e0;--back:#fff;--band:#f6f8fa;--good:#1a7f37;--bad:#b3261e;--warn:#8a5a00;"
	"--a:#0b57d0;--b:#1a7f37;--c:#8a5a00;--d:#7b3fb3;--e:#59636e}\n"
	"@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--back:#0d1117;--band:#151b23;"
	"--good:#3fb950;--bad:#ff7b72;--warn:#d29922;--a:#79b8ff;--b:#56d364;--c:#e3b341;--d:#d2a8ff;--e:#9198a1}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:72rem;padding:1.5rem;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back)}\n"
	"h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--line);"
	"padding-bottom:.3rem}\n"
	"p{margin:.4rem 0}a{color:inherit}nav a{margin-right:1rem}\n"
	"code{font:12.5px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}\n"
	"table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;"
	"border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--soft);white-space:nowrap}\n"
	"td.n{white-space:nowrap}tr:target{background:var(--band)}\n"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.6rem 0}dt{color:var(--soft)}dd{margin:0}\n"
	".soft{color:var(--soft)}.good{color:var(--good);font-weight:600}.bad{color:var(--bad);font-weight:600}"
	".warn{color:var(--warn);font-weight:600}\n"
	".why{white-space:pre-wrap;overflow-wrap:anywhere}ul{margin:0;padding-left:1.1rem}\n"
	"figure{margin:.6rem 0;overflow-x:auto}figure svg{width:100%;min-width:640px;height:auto;display:block}"
	"svg text{font:11px system-ui,sans-serif;fill:var(--soft)}svg .rule{stroke:var(--line)}svg .now{stroke:var(--bad)}\n"
	"svg .l0{fill:var(--a)}svg .l1{fill:var(--b)}svg .l2{fill:var(--c)}svg .l3{fill:var(--d)}svg .l4{fill:var(--e)}"
	"svg .over{fill:var(--bad)}svg .soon{fill:var(--warn)}svg .meant{fill:var(--soft)}svg .holds{fill:var(--good)}\n"
	"@media print{:root{--ink:#000;--soft:#333;--line:#999;--back:#fff;--band:#fff}body{font-size:10pt;max-width:none;padding:0}"
	"nav{display:none}h2{break-after:avoid}tr,figure{break-inside:avoid}thead{display:table-header-group}}\n";

void put_head(struct report *report)
{
	put(report, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n<title>Trust report</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
}
