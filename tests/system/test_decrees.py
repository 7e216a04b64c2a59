"""The operator's verbs: what each does to the answers, what it refuses, what it says.  Asked before and after with DNS."""
import json
import os
import pty
import re
import select
import subprocess

import pytest

from daemon import ZONE, sanitizers, until
from processes import BUILD, ROOT

DONE, WRONG, USAGE, UNREACHABLE, REFUSED, UNASKED = 0, 1, 2, 3, 5, 6


def ctl(locumd, *words, code=DONE):
    done = locumd.ctl(*words)
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def ctl_json(locumd, *words, code=DONE):
    done = locumd.ctl(*words, "--json")
    assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


def test_a_switch_moves_all_records_and_failback_moves_them_back(locumd, farm):
    farm.start(policy={"failback": "manual"})
    serial, mark = locumd.serial(), locumd.log.mark()
    said = ctl(locumd, "switch", "www", "ams", "--yes", "--for", "2h", "--reason", 'works on "fra"')
    assert "www: ams is active" in said and "answers: fra -> ams" in said
    assert farm.active() == "ams" and locumd.serial() > serial
    assert locumd.data("_http._tcp.example.com", "SRV") == ["0 0 8080 ams.example.com."]
    line = locumd.log.wait(r"command=switch", since=mark)
    assert f"uid={os.getuid()} " in line and r'reason="works on \"fra\""' in line and 'service=www endpoint=ams' in line and "until=" in line
    assert "rule=ordered" in locumd.log.wait(r"service=www from=fra to=ams", since=mark)
    assert "home is active" in ctl(locumd, "failback", "www")
    assert farm.active() == "fra"


def test_a_switch_is_left_alone_by_failback_until_its_end(locumd, farm):
    farm.start(policy={"hold": "100ms"})
    assert "ams is active; no failback until 20" in ctl(locumd, "switch", "www", "ams", "--yes", "--for", "2s")
    service = locumd.service("www")
    assert [(o["what"], o["endpoint"]) for o in service["overrides"]] == [("switched", None)]
    mark = locumd.log.mark()
    assert farm.active() == "ams"
    assert "rule=failback" in locumd.log.wait(r"from=ams to=fra", since=mark)
    assert farm.active() == "fra"


def test_plan_says_exactly_what_a_switch_then_does(locumd, farm):
    farm.start()
    before = {farm.web["fra"].address, farm.web["ams"].address}
    generation = locumd.status()["generation"]
    plan = ctl_json(locumd, "plan", "www", "ams")
    assert sorted(plan["changes"]) == sorted([
        f"-www.example.com. 5 A {farm.web['fra'].address}", f"+www.example.com. 5 A {farm.web['ams'].address}",
        "-_http._tcp.example.com. 5 SRV 0 0 8080 fra.example.com.", "+_http._tcp.example.com. 5 SRV 0 0 8080 ams.example.com."])
    assert (plan["was"]["active"], plan["then"]["active"], plan["then"]["rule"]["number"]) == (["fra"], ["ams"], 16)
    assert plan["refused"] == [] and len(before) == 2
    assert farm.active() == "fra" and locumd.status()["generation"] == generation
    ctl(locumd, "switch", "www", "ams", "--yes")
    records = set(locumd.service("www")["records"])
    assert records == {c[1:] for c in plan["changes"] if c[0] == "+"}


def test_plan_without_an_endpoint_says_what_would_happen_now(locumd, farm):
    farm.start()
    plan = ctl_json(locumd, "plan", "www")
    assert plan["changes"] == [] and plan["verb"] is None and plan["then"]["active"] == ["fra"]
    assert [(c["name"], c["fit"]) for c in plan["candidates"]] == [("fra", True), ("ams", True), ("par", True)]
    text = ctl(locumd, "plan", "www")
    assert "no record changes" in text and "rule 15 kept" in text


def test_promote_moves_home_along(locumd, farm):
    farm.start()
    ctl(locumd, "promote", "www", "par", "--yes")
    service = locumd.service("www")
    assert farm.active() == "par" and service["home"] == "par" and service["state"] == "normal"
    assert [e["name"] for e in service["endpoints"] if e["home"]] == ["par"]


def test_offline_is_the_last_resort_and_out_is_never(locumd, farm):
    farm.start(policy={"failback": "manual"})
    ctl(locumd, "offline", "www", "fra")
    assert farm.active() == "ams"
    ctl(locumd, "out", "www", "par", "--for", "1h")
    overrides = {(o["what"], o["endpoint"]): o["until"] for o in locumd.service("www")["overrides"]}
    assert overrides[("offline", "fra")] is None and overrides[("out", "par")] > locumd.status()["at"]
    # Now ams is the last one that is online, and fra only the last resort.
    said = ctl(locumd, "offline", "www", "ams", code=REFUSED)
    assert "refusal 9" in said and "--force 9" in said and farm.active() == "ams"
    farm.web["ams"].kill()
    until("fra, though offline", 10, lambda: farm.active() == "fra")
    ctl(locumd, "online", "www", "fra")
    ctl(locumd, "online", "www", "par")
    assert locumd.service("www")["overrides"] == []


def test_what_is_forced_has_an_end(locumd, farm):
    farm.start()
    for name in ("ams", "par"):
        ctl(locumd, "out", "www", name)
    assert "refusal 9" in ctl(locumd, "out", "www", "fra", code=REFUSED)
    mark = locumd.log.mark()
    ctl(locumd, "out", "www", "fra", "--force", "9", "--reason", "I know")
    locumd.log.wait("command=out .*force=9", since=mark)
    ends = {o["endpoint"]: o["until"] for o in locumd.service("www")["overrides"]}
    assert ends["ams"] is None and ends["fra"] is not None


def test_pin_holds_whatever_happens(locumd, farm):
    farm.start()
    ctl(locumd, "pin", "www", "ams")
    assert farm.active() == "ams" and locumd.service("www")["pinned"]["endpoint"] == "ams"
    farm.web["ams"].kill()
    locumd.until_states("www", ams="down")
    assert farm.active() == "ams"
    assert "refusal 3" in ctl(locumd, "switch", "www", "par", "--yes", code=REFUSED)
    ctl(locumd, "unpin", "www")
    until("a failover", 10, lambda: farm.active() in ("fra", "par"))
    assert "refusal 2" in ctl(locumd, "unpin", "www", code=REFUSED)


def test_a_pin_returns_by_itself(locumd, farm):
    farm.start()
    mark = locumd.log.mark()
    ctl(locumd, "pin", "www", "ams", "--for", "1s")
    assert farm.active() == "ams"
    locumd.log.wait("service=www decree=over", since=mark)
    assert locumd.service("www")["pinned"] is None
    until("failback", 10, lambda: farm.active() == "fra")


def test_frozen_does_not_move_and_thawed_does(locumd, farm):
    farm.start()
    assert "1 service: frozen until" in ctl(locumd, "freeze", "--all")
    assert locumd.service("www")["frozen"] is not None
    farm.web["fra"].kill()
    locumd.until_states("www", fra="down")
    assert farm.active() == "fra" and locumd.service("www")["asked"]["name"] == "frozen"
    ctl(locumd, "thaw", "www")
    until("the failover", 10, lambda: farm.active() == "ams")


def test_maintenance_begins_and_ends_by_itself(locumd, farm):
    farm.start(policy={"hold": "0s"})
    mark = locumd.log.mark()
    assert "fra is offline from 20" in ctl(locumd, "maintenance", "www", "fra", "--from", "1s", "--for", "1s")
    [word] = locumd.service("www")["overrides"]
    assert word["what"] == "maintenance" and word["from"] < word["until"] and farm.active() == "fra"
    assert "rule=drained" in locumd.log.wait("from=fra to=ams", since=mark)
    assert "rule=failback" in locumd.log.wait("from=ams to=fra", since=mark)


def test_a_drill_is_a_failover_and_ends(locumd, farm):
    farm.start(policy={"failback": "manual"})
    mark = locumd.log.mark()
    ctl(locumd, "drill", "www", "--fail", "fra", "--for", "60s")
    assert farm.active() == "ams"
    for line in ("endpoint=fra state=down", "from=fra to=ams rule=failover number=13"):
        assert 'why="a drill"' in locumd.log.wait(line, since=mark)
    [fra] = [e for e in locumd.service("www")["endpoints"] if e["name"] == "fra"]
    assert fra["state"] == "down" and fra["drill_until"] is not None and fra["checks"][0]["state"] == "up"
    ctl(locumd, "drill", "www", "--end")
    locumd.until_states("www", fra="up")
    assert "refusal 2" in ctl(locumd, "drill", "www", "--end", code=REFUSED)


def test_who_was_deposed_is_not_chosen_until_cleared(locumd, farm):
    farm.start(policy={"failback": "manual", "comeback": "clear"})
    farm.change("ams", farm.web["fra"].kill_at_once)
    farm.web["fra"].process.wait()
    farm.web["fra"].start()
    locumd.until_states("www", fra="up")
    assert locumd.service("www")["deposed"] == ["fra"]
    assert "refusal 5" in ctl(locumd, "failback", "www", code=REFUSED)
    ctl(locumd, "clear", "www", "fra")
    assert "refusal 2" in ctl(locumd, "clear", "www", "fra", code=REFUSED)
    ctl(locumd, "failback", "www")
    assert farm.active() == "fra" and locumd.service("www")["deposed"] == []


def test_refused_acts_change_nothing_and_can_be_forced(locumd, farm):
    farm.start()
    farm.web["par"].kill()
    locumd.until_states("www", par="down")
    before = locumd.status()["generation"]
    said = ctl(locumd, "switch", "www", "par", "--yes", code=REFUSED)
    assert re.search(r"refusal 6: the endpoint is not up \(par: down: web: .*(refused|reset)", said) and "--force 6" in said
    mark = locumd.log.mark()
    ctl(locumd, "pin", "www", "par", code=REFUSED)
    assert "refused=down number=6" in locumd.log.wait("command=pin", since=mark)
    assert locumd.status()["generation"] == before
    ctl(locumd, "out", "www", "par")
    plan = ctl_json(locumd, "plan", "www", "par", code=REFUSED)
    assert [(r["number"], r["forced"]) for r in plan["refused"]] == [(4, False), (6, False)]
    assert plan["force"] == [4, 6] and "--force 4,6" in ctl(locumd, "switch", "www", "par", "--yes", code=REFUSED)
    assert (plan["then"]["active"], plan["then"]["rule"]["number"]) == (["fra"], 4)  # out: it would not stay for a moment
    assert "refusal 6" in ctl(locumd, "pin", "www", "par", "--force", "4", code=REFUSED)
    ctl(locumd, "pin", "www", "par", "--force", "4,6")
    assert farm.active() == "par"
    pinned = [e["detail"] for e in ctl_json(locumd, "history", "www") if e["kind"] == "decree"][-1]
    assert re.fullmatch(r"pin until 20[0-9T:.-]+Z, forced 4,6", pinned)


def test_what_would_be_is_not_said_as_if_it_were(locumd, farm):
    farm.start()
    assert "nothing was done; it would be: 1 service: frozen until" in ctl(locumd, "freeze", "--all", "--dry-run")
    assert locumd.service("www")["overrides"] == []
    ctl(locumd, "drill", "www", "--fail", "ams")
    assert ctl(locumd, "drill", "www", "--end", "--dry-run").startswith("service www, to calm\n")
    assert [o["what"] for o in locumd.service("www")["overrides"]] == ["drill"]


def test_what_makes_no_sense_says_what_would(locumd, farm):
    farm.start()
    for words, said in [
        (["switch", "wwv", "ams", "--yes"], 'there is no service "wwv"; did you mean "www"?'),
        (["switch", "www", "amz", "--yes"], 'there is no endpoint "amz" in service www; did you mean "ams"?'),
        (["pin", "www", "ams", "--for", "never"], "a time from 1s to 366d, such as 4h"),
        (["drill", "www", "--fail", "ams", "--for", "2h"], "a time from 1s to 1h"),
        (["drill", "www"], "drill www: which endpoint? --fail names it, --end ends it"),
        (["maintenance", "www", "ams", "--from", "tomorrow"], "write 2026-11-22T22:00Z, or 30m"),
        (["maintenance", "www", "ams", "--from", "2999-02-30T00:00Z"], "is no time"),
        (["maintenance", "www", "ams", "--from", "2020-01-01T00:00Z"], "that is over already"),
        (["pin", "www", "ams", "--force", "1"], "3 to 9 can be forced"),
        (["freeze", "www", "--all"], "it takes no service beside all"),
        (["out", "www", "ams", "--reason", "x" * 201], "at most 200 octets"),
    ]:
        assert said in ctl(locumd, *words, code=WRONG), words
    for words, said in [
        (["switch", "www"], "which endpoint? locumctl switch SERVICE ENDPOINT"),
        (["freeze"], "which service?"),
        (["clear", "www", "ams", "--force", "2"], "--force does not go with"),
        (["pin", "www", "ams", "--force", "six"], "numbers such as 6 or 6,7"),
        (["pin", "www", "ams", "--four", "1h"], 'did you mean "--for'),
        (["swich", "www", "ams"], 'did you mean "switch"?'),
    ]:
        assert said in ctl(locumd, *words, code=USAGE), words
    assert 'did you mean "www"?' in ctl(locumd, "status", "wwx", code=WRONG)
    assert farm.active() == "fra" and locumd.service("www")["overrides"] == []


def test_without_a_terminal_nothing_is_switched_unless_yes(locumd, farm):
    farm.start()
    said = ctl(locumd, "switch", "www", "ams", code=UNASKED)
    assert f"-www.example.com. 5 A {farm.web['fra'].address}" in said and "--yes" in said
    assert farm.active() == "fra"


@pytest.mark.parametrize("word, code, active", [("y\n", DONE, "ams"), ("no\n", UNASKED, "fra")])
def test_on_a_terminal_it_asks(locumd, farm, word, code, active):
    farm.start()
    ours, theirs = pty.openpty()
    process = subprocess.Popen([str(BUILD / "locumctl"), "-s", str(locumd.control), "switch", "www", "ams"], stdin=theirs,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=sanitizers())
    seen = b""
    while b"Shall I?" not in seen:
        ready, _, _ = select.select([process.stderr], [], [], 10)
        assert ready, seen
        seen += os.read(process.stderr.fileno(), 4096)
    os.write(ours, word.encode())
    out, _ = process.communicate(timeout=20)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == code and b"now  fra" in out
    assert farm.active() == active


def test_a_pool_is_told_otherwise(locumd, farm):
    farm.start(mode="pool", records=["www A {address}"])
    assert "refusal 1" in ctl(locumd, "switch", "www", "ams", "--yes", "--force", "6", code=REFUSED)
    ctl(locumd, "offline", "www", "fra")
    assert len(locumd.data("www.example.com")) == 2
    ctl(locumd, "pin", "www", "fra")
    assert farm.active() == "fra"


def test_services_that_move_together_listen_to_one(locumd, farm):
    farm.write()
    www = farm.service()
    locumd.write({"www": www, "mail": {**www, "with": "www", "records": ["post MX 10 {host}."]}}, {"web": farm.probe()}, zones={"example.com": ZONE})
    locumd.start()
    locumd.until_states("www", fra="up", ams="up", par="up")
    for words in (["switch", "mail", "ams", "--yes"], ["freeze", "mail"], ["out", "mail", "ams"]):
        said = ctl(locumd, *words, code=REFUSED)
        assert "refusal 10" in said and "www" in said and "--force" not in said, said
    plan = ctl_json(locumd, "plan", "www", "ams")
    assert "+post.example.com. 5 MX 10 ams.example.com." in plan["changes"]
    ctl(locumd, "switch", "www", "ams", "--yes")
    assert farm.active() == "ams" and locumd.data("post.example.com", "MX") == ["10 ams.example.com."]


def test_a_failback_that_the_policy_rules_out(locumd, farm):
    farm.start(policy={"failback": "never"})
    ctl(locumd, "switch", "www", "ams", "--yes")
    assert "refusal 8" in ctl(locumd, "failback", "www", code=REFUSED)
    ctl(locumd, "failback", "www", "--force", "8")
    assert farm.active() == "fra"


def test_the_shell_completes_verbs_names_and_options(locumd, farm):
    farm.start()

    def complete(*words):
        script = f'source docs/locumctl.bash; COMP_WORDS=(locumctl "$@"); COMP_CWORD=$#; _locumctl {BUILD / "locumctl"}; printf "%s\\n" "${{COMPREPLY[@]}}"'
        done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, timeout=20, cwd=ROOT,
                              env={**sanitizers(), "LOCUM_SOCKET": str(locumd.control)})
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    assert complete("swi") == ["switch"] and complete("fr") == ["freeze"] and "explain" in complete("")
    assert complete("switch", "") == ["www"] and complete("switch", "www", "") == ["fra", "ams", "par"] and complete("switch", "www", "p") == ["par"]
    assert complete("drill", "www", "--fail", "a") == ["ams"] and complete("pin", "www", "ams", "--f") == ["--for", "--force"]
    assert complete("-s", str(locumd.control), "clear", "w") == ["www"] and complete("explain", "www.example.com", "S") == ["SOA", "SRV"]
    assert complete("explain", "www.example.com", "A", "--") == ["--at", "--json"]
    assert complete("pin", "www", "ams", "--for", "") == [] and complete("pin", "nobody", "") == []


def test_gates_are_shown_with_their_values_and_refuse(locumd):
    ends = [{"name": n} for n in ("a", "b")]
    fast = {"every": "20ms", "timeout": "200ms", "fall": 1, "rise": 1}
    locumd.write({"www": {"zone": "example.com", "records": ["www TXT {name}"], "endpoints": ends, "health": {"all": ["mark"]},
                          "policy": {"failback": "manual", "require": {"behind": {"probe": "mark", "max": 5}, "value": {"probe": "mark", "min": 1}}}}},
                 {"mark": {"type": "file", "path": "{name}.mark", **fast}})
    (locumd.dir / "a.mark").write_text("100\n")
    (locumd.dir / "b.mark").write_text("94\n")
    locumd.start()
    locumd.until_states("www", a="up", b="up")
    plan = until("both were read", 10, lambda: [p for p in [ctl_json(locumd, "plan", "www")] if all(
        g["value"] for c in p["candidates"] for g in c["gates"])])[0]
    a, b = plan["candidates"]
    assert [(g["kind"], g["limit"], g["value"], g["of_active"], g["state"]) for g in b["gates"]] == [
        ("behind", "at most 5 behind", "94", "100", "shut"), ("value", "at least 1", "94", "100", "open")]
    assert not b["fit"] and b["why"] == "gate shut: mark has 94, must be at most 5 behind"
    said = ctl(locumd, "switch", "www", "b", "--yes", code=REFUSED)
    assert "refusal 7: " in said and "(b: gate shut: mark has 94, must be at most 5 behind)" in said and "--force 7" in said
    (locumd.dir / "b.mark").write_text("95\n")
    until("it caught up", 10, lambda: ctl_json(locumd, "plan", "www")["candidates"][1]["fit"])
    ctl(locumd, "switch", "www", "b", "--yes")
    assert locumd.data("www.example.com", "TXT") == ['"b"']
    assert "behind  b   mark   at most 5 behind" in re.sub(r" {2,}(?=b )", "  ", ctl(locumd, "plan", "www"))


def test_the_exposure_outlasts_the_short_ttl(locumd, farm):
    """What was given with the long TTL before it was lowered is still out there when the switch comes."""
    farm.start(ttl="300s", **{"suspect-ttl": "2s"}, probe={"fall": 20, "rise": 1})
    assert locumd.service("www")["ttl_now"] == 300 and locumd.service("www")["exposed_until"] is None
    farm.web["fra"].kill()
    until("the failover", 20, lambda: farm.active() == "ams")
    service = locumd.service("www")
    seconds = locumd.metric("locum_service_exposed_seconds")
    assert service["exposed_until"] is not None and 250 < seconds <= 300


def test_a_plan_says_how_long_clients_hold_the_old_answer(locumd, farm):
    farm.start(ttl="60s")
    plan = ctl_json(locumd, "plan", "www", "ams")
    assert plan["exposed_until"] > locumd.status()["at"]
    assert ctl_json(locumd, "plan", "www")["exposed_until"] is None
