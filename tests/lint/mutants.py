#!/usr/bin/python3
"""usage: mutants.py CC FLAG... [WORD]    Takes every numbered rule of src/failover out, one after the other, and runs the
unit tests of the decisions: one of them must fail.  The list stands here; each place is found by its text, which must
be there exactly once, so that it cannot fall behind the code.  WORD: only those whose name has it."""
import concurrent.futures
import glob
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

MUTANTS = [  # rule, file, what stands there, what is put in its place
    ("1 first, single", "service.c", "return pool ? begin : endpoint_only(best_of(q, &begin));", "return begin;"),
    ("1 first, pool", "service.c", "return pool ? begin : endpoint_only(best_of(q, &begin));", "return endpoint_only(best_of(q, &begin));"),
    ("1 first, not out", "service.c", "return !endpoint_empty(&clear) ? clear : !endpoint_empty(&in) ? in : all;", "return all;"),
    ("2 pinned, single", "single.c", "if (q->about->pinned != ENDPOINT_NONE)", "if (false)"),
    ("2 pinned, pool", "pool.c", "if (q->about->pinned != ENDPOINT_NONE)", "if (false)"),
    ("3 frozen, single", "single.c", "if (q->about->frozen)", "if (false)"),
    ("3 frozen, pool", "pool.c", "if (q->about->frozen)", "if (false)"),
    ("4 drained, out", "single.c", "(must_go && !endpoint_empty(&q->fit)) ||", ""),
    ("4 drained, offline", "single.c", "|| (end->admin == ADMIN_OFFLINE && online)", ""),
    ("4 drained, pool, out", "pool.c", "leave = q->out;", ""),
    ("4 drained, pool, offline", "pool.c", "leave = endpoint_either(&leave, &q->offline);", ""),
    ("5 unknown, single", "single.c", "if (end->health.state == HEALTH_UNKNOWN) {", "if (false) {"),
    ("5 unknown, pool", "pool.c", "struct endpoint_set stay = endpoint_less(&q->on, &q->down);", "struct endpoint_set stay = endpoint_both(&q->on, &q->up);"),
    ("6 starting", "single.c", "!mono_reached(started, q->now)) {", "false) {"),
    ("7 none-left, single", "single.c", "if (endpoint_empty(&q->fit))\n\t\treturn none_left(q);", ""),
    ("7 none-left, pool", "pool.c", "if (endpoint_count(&able) < least(q))\n\t\treturn none_left(q);", ""),
    ("7 none-left, pool, still", "pool.c", "if (q->was->reason != PICK_NONE_LEFT)\n\t\treturn judged(q);", "return judged(q);"),
    ("8 manual", "service.c", "if (q->rule->failover != FAILOVER_AUTO)", "if (false)"),
    ("9 waiting", "service.c", "if (!mono_reached(waited, q->now))", "if (false)"),
    ("9 waiting, pool", "pool.c", "if (!endpoint_has(fallen, i) || mono_reached(waited, q->now))", "if (true)"),
    ("10 after", "service.c", "if (q->about->unsettled)", "if (false)"),
    ("11 limited", "service.c", "if (!mono_reached(limit, q->now))", "if (false)"),
    ("12 breaker", "service.c", "if (!mono_reached(q->about->failover_at, q->now))", "if (false)"),
    ("13 failover, single", "single.c", "return (struct pick){.on = endpoint_only(best_of(q, &q->fit)), .reason = PICK_FAILOVER};", "return pick;"),
    ("13 failover, pool", "pool.c", "pick.reason = PICK_FAILOVER;", "pick.reason = PICK_KEPT;"),
    ("13 failover, deposed", "service.c", "is->deposed = endpoint_either(&is->deposed, &lost);", ""),
    ("13 failover, promote", "service.c", "is->home = (uint8_t)endpoint_first(&is->on);", ""),
    ("14 failback, single", "single.c", "while (q->rule->failback == FAILBACK_AUTO && !endpoint_empty(&left)) {", "while (false) {"),
    ("14 failback, hold", "single.c", "mono_t due = mono_after(later(q->ends[i].ready.since, q->switched), hold);", "mono_t due = q->now;"),
    ("14 failback, pool", "pool.c", "endpoint_add(&pick.on, i);", ""),
    ("14 failback, pool, hold", "pool.c", "due = mono_after(q->ends[i].ready.since, pick_hold(q));", ""),
    ("14 failback, limits", "service.c", "return later(later(limit_let(q), q->about->failback_at), q->was->stay);", "return (mono_t){0};"),
    ("15 kept", "single.c", "struct pick keep = {.on = endpoint_only(active), .reason = PICK_KEPT};", "struct pick keep = {.on = endpoint_only(0), .reason = PICK_KEPT};"),
    ("15 kept, pool", "pool.c", "struct pick pick = {.on = on, .reason = PICK_KEPT};", "struct pick pick = {.on = q->on, .reason = PICK_KEPT};"),
    ("16 ordered", "decree.c", "pick->by = PICK_ORDERED;", ""),
    ("trickle 1 none", "single.c", "|| !endpoint_same(&is->on, &home))\n\t\treturn (struct trickle)", ")\n\t\treturn (struct trickle)"),
    ("trickle 1 none, pinned", "single.c", "if (q->about->pinned != ENDPOINT_NONE || !endpoint_same", "if (!endpoint_same"),
    ("trickle 2 kept", "single.c", "has = ENDPOINT_NONE;", ""),
    ("trickle 2 kept, said", "single.c", "return end->admin != ADMIN_ONLINE || end->ready", "return end->ready"),
    ("trickle 2 kept, gate", "single.c", "end->gate == GATE_SHUT ||", ""),
    ("trickle 3 better", "single.c", "if (has != ENDPOINT_NONE && !mono_reached(due, q->now)) {", "if (has != ENDPOINT_NONE) {"),
    ("trickle 3 better, hold", "single.c", "if (has != ENDPOINT_NONE && !mono_reached(due, q->now)) {", "if (false) {"),
    ("trickle 3 better, again", "single.c", "ask_again(&pick, due, q->now);\n\t\t} else", "} else"),
    ("trickle 4 the best", "single.c", "if (q->about->frozen || !endpoint_has(&q->up, is->home))\n", "if (true)\n"),
    ("trickle 4 the best, frozen", "single.c", "if (q->about->frozen || !endpoint_has(&q->up, is->home))\n", "if (!endpoint_has(&q->up, is->home))\n"),
    ("relapse", "service.c", "is->strikes++;", ""),
    ("dark", "service.c", "return endpoint_either(&dark, &fresh);", "return dark;"),
    ("refusal 1 mode", "decree.c", "return REFUSAL_MODE;", ""),
    ("refusal 2 already", "decree.c", "return REFUSAL_ALREADY;", ""),
    ("refusal 3 frozen", "decree.c", "return REFUSAL_FROZEN;", ""),
    ("refusal 4 out", "decree.c", "return seen->admin == ADMIN_OUT;", "return false;"),
    ("refusal 5 deposed", "decree.c", "return endpoint_has(&s->pick->deposed, end);", "return false;"),
    ("refusal 6 down", "decree.c", "return seen->ready.state != HEALTH_UP;", "return false;"),
    ("refusal 7 gate", "decree.c", "return seen->gate != GATE_OPEN;", "return false;"),
    ("refusal 8 never", "decree.c", "return REFUSAL_NEVER;", ""),
    ("refusal 9 last", "decree.c", "? REFUSAL_LAST : REFUSAL_NOT;", "? REFUSAL_NOT : REFUSAL_NOT;"),
    ("refusal 10 with", "decree.c", "? REFUSAL_WITH", "? REFUSAL_NOT"),
]
TESTS = ["service", "service_rules", "decree", "engine", "engine_words"]


def run(*argv, **more):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def need(*argv):
    done = run(*argv)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, argv))}\n{done.stdout}")


def compiled(source, target):
    need(*CC, "-c", "-o", target, source)
    return target


def fails(out, objects):
    """The first test that fails with these objects, or does not end."""
    for name in TESTS:
        program = out / name
        need(*CC, "-o", program, base / f"test_{name}.o", *objects, "-lcmocka")
        try:
            if run(program, timeout=20).returncode:
                return name
        except subprocess.TimeoutExpired:
            return name
    return None


def tried(mutant):
    rule, file, text, instead = mutant
    source = pathlib.Path("src/failover", file).read_text()
    if source.count(text) != 1:
        return rule, f"src/failover/{file} has it {source.count(text)} times: {text}"
    with tempfile.TemporaryDirectory() as directory:
        out = pathlib.Path(directory)
        (out / file).write_text(source.replace(text, instead or (";" if text.endswith(";") else "")))
        need(*CC, "-Isrc/failover", "-c", "-o", out / "mutant.o", out / file)
        others = [o for o in objects if o.name != f"failover-{file[:-2]}.o"]
        test = fails(out, [*others, out / "mutant.o"])
    return rule, None if test else "no test fails without it"


words = [a for a in sys.argv[2:] if not a.startswith("-")]
CC = [sys.argv[1], *[a for a in sys.argv[2:] if a.startswith("-")], "-O0", "-w", "-Isrc", "-I."]
base = pathlib.Path(tempfile.mkdtemp())
try:
    sources = {s: base / f"{pathlib.Path(s).parent.name}-{pathlib.Path(s).stem}.o" for s in glob.glob("src/failover/*.c") + glob.glob("src/base/*.c")}
    sources |= {f"tests/unit/test_{name}.c": base / f"test_{name}.o" for name in TESTS}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(compiled, sources, sources.values()))
        objects = [o for o in sources.values() if not o.name.startswith("test_")]
        if fails(base, objects):
            sys.exit("the tests fail as it is")
        bad = 0
        for rule, wrong in pool.map(tried, [m for m in MUTANTS if not words or words[0] in m[0]]):
            if wrong:
                bad += 1
                print(f"{rule}: {wrong}")
    print(f"{len(MUTANTS) - bad} of {len(MUTANTS)} mutants noticed")
    sys.exit(bad > 0)
finally:
    shutil.rmtree(base)
