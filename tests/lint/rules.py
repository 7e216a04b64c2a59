#!/usr/bin/python3
"""The numbered rules of src/failover have the same numbers and names in the enums, the texts, the comments of the
headers and of the code, the manuals and the tests; refusals likewise."""
import pathlib
import re
import sys

wrong = []


def text(path):
    return pathlib.Path(path).read_text()


def same(what, is_there, wanted):
    for number in sorted(set(wanted) | set(is_there)):
        if is_there.get(number) != wanted.get(number):
            wrong.append(f"{what}: rule {number} is {is_there.get(number, 'not there')}, not {wanted.get(number, 'there')}")


def enum(source, prefix):
    return {int(n): word.lower().replace("_", "-") for word, n in re.findall(rf"^\t{prefix}_(\w+) = (\d+),", source, re.M)}


def names_of(source, prefix):
    return {word.lower().replace("_", "-"): told for word, told in re.findall(rf'\[{prefix}_(\w+)\] = "([^"]+)"', source)}


service_h, service_c, decree_h, decree_c = (text(f"src/failover/{f}") for f in ("service.h", "service.c", "decree.h", "decree.c"))
picks, refusals = enum(service_h, "PICK"), enum(decree_h, "REFUSAL")
by_rule = {n: word for n, word in picks.items() if word != "ordered"}
same("src/failover/service.c, the texts", {n: names_of(service_c, "PICK").get(w) for n, w in picks.items()}, picks)
names = re.search(r"refusal_name\(.*?\n}", decree_c, re.S)[0]
same("src/failover/decree.c, the names", {n: names_of(names, "REFUSAL").get(w) for n, w in refusals.items()}, refusals)

single, pool = re.search(r"mode single, one active(.*?)\* mode pool(.*?)\* In mode single with", service_h, re.S).groups()
row = r"^ \* +(\d+)\. ([a-z-]+) +[A-Z]"
same("src/failover/service.h, mode single", {int(n): w for n, w in re.findall(row, single, re.M)}, by_rule)
for number, word in re.findall(row, pool, re.M):
    if picks[int(number)] != word:
        wrong.append(f"src/failover/service.h, mode pool: rule {number} is {word}")

# `/* 13. failover */` where the code does it: every rule once at least, in the mode or for both.
for files in (["single.c", "service.c"], ["pool.c", "service.c"]):
    done = {}
    for file in files:
        # What a trickle does has rules of its own.
        code = re.sub(r"^struct trickle single_trickle.*?^}", "", text(f"src/failover/{file}"), flags=re.S | re.M)
        for comment in re.findall(r"/\* (\d+\. .*?) ?\*/", code, re.S):
            for number, word in re.findall(r"(\d+)\. ([a-z-]+)", comment):
                done[int(number)] = word
                if word not in ("to", "and") and picks.get(int(number)) != word:
                    wrong.append(f"src/failover/{file}: /* {number}. {word} */ is no rule")
            for first, last in re.findall(r"(\d+)\. to (\d+)\.", comment):
                done |= {n: picks[n] for n in range(int(first), int(last) + 1)}
            for number in re.findall(r"(\d+)\.", comment):
                done.setdefault(int(number), picks.get(int(number)))
    for number, word in by_rule.items():
        if number not in done and not (number == 6 and "pool.c" in files):
            wrong.append(f"src/failover/{files[0]}: no comment says where rule {number}, {word}, is")

manual = text("man/locum.yaml.5.in")
in_single, in_pool = re.search(r"^\.Ss Mode single$(.*?)^\.Ss Mode pool$(.*?)^\.S", manual, re.S | re.M).groups()
same("locum.yaml(5), mode single", dict(enumerate(re.findall(r"^\.It\n\.Em ([\w-]+) :$", in_single, re.M), 1)), picks)
for number, word in re.findall(r"^\.It (\d+) ([\w-]+)$", in_pool, re.M):
    if picks.get(int(number)) != word:
        wrong.append(f"locum.yaml(5), mode pool: rule {number} is {word}")
told = re.search(r"^\.Ss Refusals$(.*?)^\.S", text("man/locumctl.1"), re.S | re.M)[1]
same("locumctl(1), refusals", {int(n): w for n, w in re.findall(r"^\.It (\d+) ([\w-]+)$", told, re.M)}, refusals)

# A row whose sentence begins with the number.
rows = {"single": "", "pool": ""}
for file in ("test_service.c", "test_service_rules.c"):
    for name, body in re.findall(r"^static void (single|pool)\w*\(void \*\*state\)\n(.*?)^}", text(f"tests/unit/{file}"), re.S | re.M):
        rows[name] += body
for mode, body in rows.items():
    for number, word in by_rule.items():
        if f'{{"{number}. ' not in body and not (mode == "pool" and number == 6):
            wrong.append(f"tests/unit: mode {mode} has no row for rule {number}, {word}")
for number, word in refusals.items():
    if f'{{"{number}. ' not in text("tests/unit/test_decree.c"):
        wrong.append(f"tests/unit/test_decree.c has no row for refusal {number}, {word}")

# The rules of a trickle and of the shares.
for prefix, heading, file, header, code, test in (
        ("TRICKLE", "a share of the answers goes to one standby:", "service.h", "service.h", "single.c", "test_service_rules.c"),
        ("SHARE", "the first rule that applies:", "shares.h", "shares.h", "shares.c", "test_shares.c")):
    rules = enum(text(f"src/failover/{file}"), prefix)
    texts = names_of(text("src/failover/shares.c" if prefix == "SHARE" else "src/failover/service.c"), prefix)
    same(f"the texts of {prefix}_", {n: texts.get(w) for n, w in rules.items()}, rules)
    told = text(f"src/failover/{header}").split(heading, 1)[1].split("*/", 1)[0]
    same(f"src/failover/{header}", {int(n): w for n, w in re.findall(r"^ \* +(\d)\. ([a-z]+) ", told, re.M)}, rules)
    done = {int(n): w for n, w in re.findall(r"(?:/\*|\.) +(\d)\. ([a-z]+)[: ]", text(f"src/failover/{code}")) if w in rules.values()}
    same(f"src/failover/{code}, the comments", done, rules)
    shares = re.search(r"^\.Ss Shares of the answers$(.*?)^\.S", manual, re.S | re.M)[1]
    lists = re.findall(r"^\.Bl -tag(.*?)^\.El", shares, re.S | re.M)
    in_manual = lists[0 if prefix == "SHARE" else 1]
    same(f"locum.yaml(5), {prefix}_", {int(n): w for n, w in re.findall(r"^\.It (\d) (\w+)$", in_manual, re.M)}, rules)
    for number, word in rules.items():
        if f'{{"{number}. ' not in text(f"tests/unit/{test}"):
            wrong.append(f"tests/unit/{test} has no row for rule {number}, {word}")

# Logs and explanations print the number from the enum itself.
printed = "".join(path.read_text() for path in pathlib.Path("src/server").glob("*.c"))
for words in ("rule=%s number=%d", '"number", (int)reason, "name", pick_reason_text(reason)'):
    if words not in printed:
        wrong.append(f"src/server prints no {words}")
for line in wrong:
    print(line)
sys.exit(bool(wrong))
