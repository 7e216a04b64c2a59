#!/usr/bin/python3
"""What an answer costs in user-space instructions, by kind, compared with instructions.txt: `make instructions`.

usage: instructions.py [--write] ANSWERS      ANSWERS: the program built from src/answers.c

Two runs under callgrind differ only in how many answers they make.  What the program and the libraries call
of the C library counts as so many instructions a call: how it copies octets is its own business and changes
with the machine.  Fails when a kind costs over 5 % more than the file says; --write writes the file anew."""
import pathlib
import re
import subprocess
import sys
import tempfile

FIGURES = pathlib.Path(__file__).with_name("instructions.txt")
KINDS = ["positive", "srv", "wildcard", "nxdomain", "referral"]
FEW, MANY = 1024, 5120  # answers: the difference is four rounds of the program's questions
CALL = 20  # instructions: about what copying a few octets costs
GROWTH = 1.05


def cost(text, program):
    """Instructions of `program` itself and its calls of others, from a callgrind file."""
    names, ours, total, skip = {}, False, 0, False
    for line in text.splitlines():
        if match := re.match(r"c?ob=\((\d+)\)(?: (.*))?$", line):
            if match[2]:
                names[match[1]] = match[2]
            own = names[match[1]] == program
            if line.startswith("c"):
                called = own
            else:
                ours = own
        elif line.startswith("calls="):
            skip = True  # the next line is what the call cost: its callee has that line, too
            if ours and not called:
                total += CALL * int(line[6:].split()[0])
            called = ours
        elif line.startswith(("fn=", "cfn=")):
            if line.startswith("fn="):
                called = ours
        elif re.match(r"[+*-]?\d*[ +*-]", line) or re.match(r"\d", line):
            if ours and not skip:
                total += int(line.split()[1])
            skip = False
    return total


def run(program, kind, count):
    with tempfile.TemporaryDirectory() as directory:
        out = f"{directory}/out"
        subprocess.run(["valgrind", "--tool=callgrind", "--dump-instr=no", f"--callgrind-out-file={out}", "--quiet", program, kind, str(count)],
                       check=True)
        return cost(pathlib.Path(out).read_text(), program)


def main():
    write = "--write" in sys.argv
    program = str(pathlib.Path(sys.argv[-1]).resolve())
    now = {kind: round((run(program, kind, MANY) - run(program, kind, FEW)) / (MANY - FEW)) for kind in KINDS}
    if write:
        FIGURES.write_text("# User-space instructions an answer, by kind: written by `make instructions WRITE=1`.\n" +
                           "".join(f"{kind} {n}\n" for kind, n in now.items()))
    was = dict(line.split() for line in FIGURES.read_text().splitlines() if not line.startswith("#"))
    grown = [kind for kind in KINDS if now[kind] > GROWTH * int(was[kind])]
    for kind in KINDS:
        print(f"{kind:10} {now[kind]:6} instructions, {was[kind]} in {FIGURES.name}{': GROWN' if kind in grown else ''}")
    return 1 if grown else 0


sys.exit(main())
