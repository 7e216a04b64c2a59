#!/usr/bin/python3
"""Fails when a file includes upward or sideways.  One line per layer, lowest first."""
import pathlib, re, sys

MAY = {  # layer: the layers it may include besides itself
    "src/base": [],
    "src/dns": ["src/base"],
    "src/failover": ["src/base"],
    "src/net": ["src/base"],
    "src/zone": ["src/base", "src/dns"],
    "src/conf": ["src/base", "src/dns", "src/failover"],
    "probes": ["src/base", "src/dns", "src/net", "src/failover", "src/conf"],
    "src/prober": ["src/base", "src/net", "src/failover", "src/conf", "probes"],
    "src/responder": ["src/base", "src/dns", "src/net", "src/zone"],
    "src/server": ["src/base", "src/dns", "src/failover", "src/net", "src/zone", "src/conf", "src/responder", "src/store"],
    "src/store": ["src/base"],
    "src/ctl": ["src/base", "src/net"],
}
LIBS = {  # who may see which library
    "event2/": ["src/net", "src/server"], "nghttp2/": ["probes"], "yaml.h": ["src/conf"], "ldns/": ["src/zone"],
    "urcu": ["src/responder", "src/server"], "openssl/": ["src/dns", "src/zone", "src/net", "src/store", "probes"], "sqlite3.h": ["src/store"],
    "jansson.h": ["src/server", "src/ctl"],
}
bad = 0
for f in sorted(p for d in MAY for p in pathlib.Path(d).rglob("*.[ch]")):
    here = f.parts[0] if f.parts[0] == "probes" else "/".join(f.parts[:2])
    for n, line in enumerate(f.read_text().splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+(["<])([^">]+)', line)
        if not m:
            continue
        if m[1] == '"':
            there = m[2].split("/")[0]
            there = there if there == "probes" else "src/" + there
            ok = there == here or there in MAY[here] or (here, m[2]) == ("src/server", "prober/report.h")
        else:
            ok = all(here in who for lib, who in LIBS.items() if m[2].startswith(lib))
        if not ok:
            print(f"{f}:{n}: {here} may not include {m[2]}")
            bad += 1
sys.exit(bad > 0)
