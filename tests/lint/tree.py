#!/usr/bin/python3
"""What grep can see of the whole tree: places outside it, logs where none belong, sleeps in tests, words of
unfinished work, Python that does not compile.  Files over 500 lines are named, not refused."""
import pathlib
import re
import subprocess
import sys

LOGS = ("src/server/", "src/prober/", "src/locumd.c", "src/net/", "tests/unit/test_net_")  # net/: the last line before abort()
HERE = "tests/lint/tree.py"
OUTSIDE = re.compile(r"(?<![\w.}$)-])/(?:work|home|root|Users|tmp/(?!\.X11)\w)\b")
SLEEP = re.compile(r"\b(?:time\.sleep|u?sleep|nanosleep) *\(")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")


def files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:  # an unpacked archive
        names = [str(p) for p in pathlib.Path(".").rglob("*") if p.is_file() and p.parts[0][:5] != "build"]
    return sorted(n for n in names if pathlib.Path(n).is_file() and n != HERE)


bad = 0


def complain(name, number, what):
    global bad
    bad += 1
    print(f"{name}:{number}: {what}")


for name in files():
    try:
        text = pathlib.Path(name).read_text()
    except UnicodeDecodeError:
        continue  # fuzz corpora and the like
    code = name.endswith((".c", ".h", ".py", ".sh"))
    if name.endswith(".py"):
        try:
            compile(text, name, "exec")
        except SyntaxError as e:
            complain(name, e.lineno, e.msg)
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if m := OUTSIDE.search(line):
            complain(name, number, f"{m[0]}: a place outside the tree")
        if code and UNFINISHED.search(line):
            complain(name, number, "unfinished: " + line.strip())
        if '#include "net/log.h"' in line and not name.startswith(LOGS):
            complain(name, number, "only server/ and prober/ log")
        if name.startswith(("tests/unit/", "tests/scenarios/", "tests/system/", "tests/interop/")) and SLEEP.search(line):
            complain(name, number, "a test that sleeps")
    if code and len(lines) > 500:
        print(f"{name}: warning: {len(lines)} lines; past 500 a file usually holds two ideas")
sys.exit(bad > 0)
