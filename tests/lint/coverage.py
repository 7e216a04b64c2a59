#!/usr/bin/python3
"""usage: coverage.py CC FLAG...    Line and branch coverage of src/failover by its unit tests, as gcov counts; below
100 % it fails and names the lines.  Without asserts: what only a bug can cause is no branch to take."""
import concurrent.futures
import glob
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys

OUT = pathlib.Path("build/coverage")
CC, FLAGS = sys.argv[1], sys.argv[2:] + ["-O0", "-g", "-DNDEBUG", "-w", "-Isrc", "-I."]
COUNTED = "src/failover/"
# An event of the driver runs ten times slower here; what it does not reach in these has no row.
QUICK = {"EVENTS": "20000"}


def run(*argv, **more):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, argv))}\n{done.stdout}")
    return done.stdout


def compiled(source):
    target = OUT / (source.replace("/", "-")[:-2] + ".o")
    counted = ["--coverage", "-fprofile-update=atomic"] if source.startswith(COUNTED) else []
    run(CC, *FLAGS, *counted, "-c", "-o", target, source)
    return target


def tested(test, objects):
    program = OUT / pathlib.Path(test).stem
    run(CC, "--coverage", "-o", program, compiled(test), *objects, "-lcmocka")
    run(program, env={**os.environ, **QUICK})


def included(path):
    """The text of a test with that of the headers beside it."""
    text = pathlib.Path(path).read_text()
    beside = [pathlib.Path("tests/unit", name) for name in re.findall(r'^#include "(\w+\.h)"', text, re.M)]
    return text + "".join(included(header) for header in beside)


def is_ours(test):
    text = included(test)
    return '#include "failover/' in text and not re.search(r'#include "(conf|net|server|zone|dns|prober|probes)/', text)


for old in OUT.glob("*") if OUT.exists() else []:
    old.unlink()
OUT.mkdir(parents=True, exist_ok=True)
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    objects = list(pool.map(compiled, glob.glob("src/failover/*.c") + glob.glob("src/base/*.c")))
    list(pool.map(lambda test: tested(test, objects), filter(is_ours, sorted(glob.glob("tests/unit/test_*.c")))))
lines, branches = {}, {}
for notes in sorted(OUT.glob("src-failover-*.gcda")):
    run("gcov", "-b", "-j", notes.name, cwd=OUT)
    report = json.loads(gzip.open(next(OUT.glob("*.gcov.json.gz"))).read())
    for file in report["files"]:
        for line in file["lines"] if file["file"].startswith(COUNTED) else []:
            place = file["file"], line["line_number"]
            lines[place] = lines.get(place, 0) + line["count"]
            counts = [b["count"] for b in line["branches"]]
            was = branches.get(place, [0] * len(counts))
            if len(was) == len(counts):
                branches[place] = [a + b for a, b in zip(was, counts)]
    for old in OUT.glob("*.gcov.json.gz"):
        old.unlink()
for (file, number), count in sorted(lines.items()):
    missed = sum(c == 0 for c in branches[file, number])
    if count == 0 or missed:
        print(f"{file}:{number}: " + ("never run" if count == 0 else f"{missed} of {len(branches[file, number])} branches never taken"))
reached, taken = sum(c > 0 for c in lines.values()), sum(c > 0 for b in branches.values() for c in b)
every, ways = len(lines), sum(map(len, branches.values()))
print(f"{COUNTED}: {reached} of {every} lines ({100 * reached / every:.2f} %), {taken} of {ways} branches ({100 * taken / ways:.2f} %)")
sys.exit(reached < every or taken < ways)
