#!/usr/bin/python3
"""`make check`: every step, whatever the others say.  Logs go to build/check/STEP.log; a step that fails shows
the end of its own.  The last line is `N passed, N failed`: cmocka tests, scenarios, pytest tests, other steps."""
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

LOGS = pathlib.Path("build/check")
PATIENCE = 1800  # seconds; on an idle machine no step needs a third of it
say = threading.Lock()
total = {"passed": 0, "failed": 0}


def count_step(text, code):
    return (1, 0) if code == 0 else (0, 1)


def count_cmocka(text, code):
    """Of each program its tests; a program that ended otherwise than by its tests counts as one that failed."""
    passed = failed = 0
    for part in re.split(r"^== ", text, flags=re.M)[1:]:
        bad = len(set(re.findall(r"^\[  FAILED  \] (\w+)$", part, re.M)))
        passed += len(re.findall(r"^\[       OK \]", part, re.M))
        failed += max(bad, 1 if re.search(r"^!! ", part, re.M) else 0)
    return passed, failed if failed or code == 0 else 1


def count_scenarios(text, code):
    passed, failed = len(re.findall(r"^ok ", text, re.M)), len(re.findall(r"^not ok ", text, re.M))
    return passed, failed if failed or code == 0 else 1


def count_pytest(text, code):
    last = [line for line in text.splitlines() if re.search(r"\d+ (passed|failed|error|skipped).* in [\d.]+s", line)]
    found = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|error)", last[-1])} if last else {}
    failed = found.get("failed", 0) + found.get("error", 0)
    return found.get("passed", 0), failed if failed or code == 0 else 1


def run(name, argv, count):
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{name}.log"
    began = time.monotonic()
    with log.open("w") as out:
        try:
            code = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, timeout=PATIENCE).returncode
        except subprocess.TimeoutExpired:
            code = 124
            out.write(f"\nno end after {PATIENCE} s\n")
    text = log.read_text(errors="replace")
    passed, failed = count(text, code)
    skipped = sum(int(n) for n in re.findall(r"(\d+) skipped", text)) if count is count_pytest else 0
    with say:
        total["passed"] += passed
        total["failed"] += failed
        note = f", {skipped} skipped" if skipped else ""
        print(f"{'ok  ' if failed == 0 else 'FAIL'} {name:22} {passed} passed, {failed} failed{note} ({time.monotonic() - began:.0f} s)", flush=True)
        if failed:
            print(f"---- the end of {log}\n" + "\n".join(text.splitlines()[-60:]) + "\n----", flush=True)
    return failed == 0


def make(*words):
    return ["make", "--no-print-directory", "-k", *words]


def kind_of_build(label, flags, suites, jobs="-j2"):
    if not run(f"{label}-build", make(jobs, *flags, "programs"), count_step):
        return  # its tests could not run; the build has failed already
    counts = {"unit": count_cmocka, "scenarios": count_scenarios, "system": count_pytest}
    for suite in suites:
        run(f"{label}-{suite}", make(*flags, suite), counts[suite])


def reading():
    for step in lint_steps:
        run(f"lint-{step}", make(f"lint-{step}"), count_step)
    run("fuzz", make("fuzz", "FUZZ=60"), count_step)  # each target; hours: `make fuzz`


def running():
    every = ["unit", "scenarios", "system"]
    kind_of_build("address", ["SAN=address,undefined", "AT_ONCE=2"], every)  # beside the other lane, on a disk for all
    kind_of_build("thread", ["SAN=thread", "AT_ONCE=2"], every)
    kind_of_build("clang", ["CC=clang"], ["unit", "scenarios"])


began = time.monotonic()
os.environ.pop("MAKEFLAGS", None)
os.environ.pop("MAKELEVEL", None)
lint_steps = re.search(r"^lint_steps = (.*)$", pathlib.Path("tests/lint/lint.mk").read_text(), re.M)[1].split()
kind_of_build("gcc", [], ["unit", "scenarios", "system"])
run("instructions", make("instructions"), count_step)
run("model", make("model"), count_step)
run("mutants", make("mutants"), count_step)
run("docs", make("docs"), count_step)
run("install", make("install", f"DESTDIR={LOGS.absolute()}/root"), count_step)
run("demo", make("demo"), count_step)
lanes = [threading.Thread(target=lane) for lane in (reading, running)]  # the first reads, the second mostly waits
for lane in lanes:
    lane.start()
for lane in lanes:
    lane.join()
print(f"in {time.monotonic() - began:.0f} s")
print(f"{total['passed']} passed, {total['failed']} failed")
sys.exit(total["failed"] > 0)
