"""explain: why a name is answered as it is, over the control socket and over HTTP, held against what DNS says."""
import datetime
import json
import signal
import subprocess

import dns.rdatatype
import pytest

from daemon import ZONE, until
from kills import Strace
from processes import BUILD, spawn


def explain(locumd, name, kind="A"):
    done = locumd.ctl("explain", name, kind, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_managed_name_is_explained_from_answer_to_probe(locumd, farm):
    farm.start(policy={"hold": "60s", "limit": {"switches": 9, "per": "1h"}})
    farm.change("ams", farm.web["fra"].kill_at_once)
    locumd.until_states("www", fra="down")
    told = explain(locumd, "www.example.com")
    [step] = told["steps"]
    assert (told["rcode"], step["how"], step["source"]) == ("NOERROR", "records", "service www")
    assert step["records"] == [f"www.example.com. 5 A {farm.web['ams'].address}"]
    [www] = told["services"]
    assert (www["home"], www["active"], www["standby"], www["deposed"]) == ("fra", ["ams"], ["fra", "par"], ["fra"])
    assert (www["chosen_by"]["number"], www["chosen_by"]["name"], www["asked"]["number"] in (13, 15)) == (13, "failover", True)
    fra, ams, par = www["candidates"]
    assert (fra["fit"], ams["fit"], par["fit"]) == (False, True, True) and fra["why"].startswith("deposed until it is up (down: web: ")
    [web] = fra["checks"]
    assert web["last"] == "fail" and web["turns_after"] == 2
    assert any(n["what"] == "if who answers goes down: par" for n in www["next"])
    assert any(n["what"].startswith("ams is unknown, if web is silent") and n["at"] for n in www["next"])
    farm.web["fra"].start()
    locumd.until_states("www", fra="up")
    [www] = explain(locumd, "www.example.com")["services"]
    assert any(n["what"] == "failback, if the better one stays up" and n["at"] > www["since"] for n in www["next"])


def test_what_operators_said_is_in_it(locumd, farm):
    farm.start()
    locumd.ctl("drill", "www", "--fail", "par", "--for", "60s")
    locumd.ctl("freeze", "www", "--for", "1h")
    [www] = explain(locumd, "www.example.com")["services"]
    assert [(o["what"], o["endpoint"]) for o in www["overrides"]] == [("frozen", None), ("drill", "par")]
    whats = [n["what"] for n in www["next"]]
    assert "it is not frozen any more" in whats and "the drill with par is over" in whats and "an operator: locumctl thaw" in whats
    text = locumd.ctl("explain", "www.example.com").stdout
    for said in ("rule 3 frozen", "by an operator: drill par until 20", "by an operator: frozen until 20", "down: a drill takes it for so"):
        assert said in text, text


@pytest.mark.parametrize("name, kind, how, rcode", [
    ("mail.example.com", "A", ["records"], "NOERROR"), ("MAIL.example.com.", "aaaa", ["records"], "NOERROR"),
    ("mail.example.com", "TXT", ["nodata"], "NOERROR"), ("deep.example.com", "A", ["nodata"], "NOERROR"),
    ("nobody.example.com", "A", ["nxdomain"], "NXDOMAIN"), ("x.y.wild.example.com", "TXT", ["wildcard"], "NOERROR"),
    ("x.wild.example.com", "A", ["nodata"], "NOERROR"), ("alias.example.com", "A", ["cname", "records"], "NOERROR"),
    ("far.example.com", "A", ["cname", "elsewhere"], "NOERROR"), ("x.sub.example.com", "A", ["delegation"], "NOERROR"),
    ("sub.example.com", "DS", ["nodata"], "NOERROR"), ("example.org", "A", ["elsewhere"], "REFUSED"),
    ("mail.old.example.com", "A", ["dname", "records"], "NOERROR"), ("loop.example.com", "A", ["cname"], "NOERROR"), ("to.example.com", "A", ["cname"] * 2, "NOERROR"),
    ("example.com", "ANY", ["records"], "NOERROR")])
def test_every_kind_of_answer(locumd, name, kind, how, rcode):
    zone = ZONE + "old IN DNAME example.com.\nloop IN CNAME loop\nto IN CNAME fro\nfro IN CNAME to\n"
    locumd.write(zones={"example.com": zone}).start()
    told = explain(locumd, name, kind)
    assert ([s["how"] for s in told["steps"]], told["rcode"], told["services"]) == (how, rcode, [])
    reply = locumd.query(name, kind)
    assert reply.rcode().name == rcode if hasattr(reply.rcode(), "name") else True
    if how[-1] in ("records", "wildcard") and kind != "ANY":
        wanted = dns.rdatatype.from_text(kind)
        answered = sorted(f"{rrset.name.canonicalize()} {rrset.ttl} {kind.upper()} {rr}" for rrset in reply.answer if rrset.rdtype == wanted for rr in rrset)
        assert sorted(told["steps"][-1]["records"]) == answered
    if "cname" in how:
        assert sum(len(s["records"]) for s in told["steps"]) == sum(len(rrset) for rrset in reply.answer)
        assert told["steps"][-1]["says"].endswith("the answer ends here") == (how[-1] == "cname")
    for step in told["steps"]:
        if step["records"]:
            assert step["serial"] == locumd.serial()
            file, line = step["source"].removeprefix("static, from ").rsplit(":", 1)
            owner = step["owner"].removesuffix("example.com.").rstrip(".") or ""
            row = zone.splitlines()[int(line) - 1].split()
            assert file == str(locumd.dir / "example.com.zone") and step["places"] == [f"{file}:{line}"]
            assert step["type"] in row and (owner == row[0] or (owner == "" and row[0] == "@"))


def test_a_place_in_a_file(locumd):
    """FILE:LINE also behind $INCLUDE, $GENERATE and parentheses, until the file is another one."""
    zone = ZONE + "$INCLUDE more.inc sub2\n$GENERATE 1-9 h$ A 192.0.2.$\ntwo A ( 192.0.2.1 ; c\n )\ntwo A 192.0.2.2\n"
    zone += "$GENERATE 1-12 many A 192.0.2.$\n" + "".join(f"lots A 192.0.2.{i}\n" for i in range(10))
    (locumd.dir / "more.inc").write_text("\n; comment\nx A 192.0.2.9\n*.w TXT hey\n")
    locumd.write(zones={"example.com": zone}).start()
    file, more = locumd.dir / "example.com.zone", locumd.dir / "more.inc"

    def source(name):
        return explain(locumd, name)["steps"][0]["source"]

    assert source("x.sub2.example.com") == f"static, from {more}:3"
    [step] = explain(locumd, "any.w.sub2.example.com", "TXT")["steps"]
    assert (step["source"], step["owner"]) == (f"static, from {more}:4", "*.w.sub2.example.com.")
    assert source("h7.example.com") == f"static, from {file}:15"
    assert source("two.example.com") == f"static, from {file}:16, {file}:18"
    assert source("many.example.com") == f"static, from {file}:19"
    assert source("lots.example.com").endswith(f"{file}:27 and 2 more")
    told = json.loads(locumd.http("/explain?name=x.sub2.example.com")[1])
    assert told["steps"][0]["places"] == [f"{more}:3"]
    assert f"from static, from {more}:3\n" in locumd.ctl("explain", "x.sub2.example.com").stdout
    more.write_text("x A 192.0.2.8\n")
    assert source("x.sub2.example.com") == f"static, from {file}, which does not have it any more"
    more.unlink()
    assert source("x.sub2.example.com") == f"static, from {file} or what it includes"
    assert source("h7.example.com") == f"static, from {file}:15"


@pytest.mark.parametrize("name, kind, said", [
    ("a.b.c.deep.example.com", "A", "there is no such name; the closest encloser is deep.example.com., and there is no wildcard below it: NXDOMAIN"),
    ("a.mail.example.com", "A", "there is no such name; the closest encloser is mail.example.com., and there is no wildcard below it: NXDOMAIN"),
    ("mail.example.com", "TXT", "the name has A and AAAA, but no TXT: NODATA"),
    ("example.com", "AAAA", "the name has NS, SOA and MX, but no AAAA: NODATA"),
    ("deep.example.com", "A", "the name is there because of names below it, and has no records of its own: NODATA"),
    ("x.wild.example.com", "A", "there is no such name; the wildcard *.wild.example.com. has TXT, but no A: NODATA"),
    ("x.empty.example.com", "A", "the wildcard *.empty.example.com. is there because of names below it, and has no records of its own: NODATA"),
    ("sub.example.com", "DS", "the name has NS, but no DS: NODATA"),
    ("x.sub.example.com", "A", "delegated: the name servers of sub.example.com. answer"),
    ("mail.old.example.com", "TXT", "redirected by the DNAME at old.example.com."),
    ("example.net", "A", "no zone of ours is at or above the name: REFUSED")])
def test_a_denial_says_why(locumd, name, kind, said):
    locumd.write(zones={"example.com": ZONE + "old IN DNAME example.com.\nx.*.empty TXT x\n"}).start()
    assert explain(locumd, name, kind)["steps"][0]["says"] == said


def test_a_service_that_answers_nothing_is_named(locumd, farm):
    for server in farm.web.values():
        server.kill()
    farm.write(policy={"on-none": "none"})
    locumd.start()
    locumd.until_states("www", fra="down", ams="down", par="down")
    until("nobody answers", 10, lambda: not locumd.data("www.example.com"))
    told = explain(locumd, "www.example.com")
    [www] = told["services"]
    assert (www["state"], www["asked"]["number"]) == ("none-left", 7) and www["stuck"] is not None
    assert any(n["what"].startswith("an endpoint that fits") for n in www["next"])


def test_http_says_the_same(locumd, farm):
    farm.start()
    code, body = locumd.http("/explain?name=%77ww.example.com&type=A")
    assert code == 200
    over_http, over_socket = json.loads(body), explain(locumd, "www.example.com")
    assert over_http["steps"] == over_socket["steps"] and over_http["rcode"] == "NOERROR"
    assert locumd.http("/explain?type=MX&name=example.com")[0] == 200
    for path, said in [("/explain", "expected /explain?name="), ("/explain?name=a..b", "name:"), ("/explain?name=a&type=NOPE", "type: expected"),
                       ("/explain?name=%zz", "expected /explain"), ("/explain?name=%00", "expected /explain"), ("/explain?name=%4", "expected /explain")]:
        code, body = locumd.http(path)
        assert code == 400 and said in body, (path, body)
    assert locumd.http("/explain?name=a", method="POST")[0] == 405


def test_bad_questions_are_refused(locumd):
    locumd.write().start()
    for words, said in [(["a..b"], "explain: name"), (["www.example.com", "NOPE"], "explain: type"),
                        (["example.com", "AXFR"], "AXFR asks for a zone"), (["example.com", "TYPE251"], "IXFR asks for a zone"),
                        (["www.example.com", "--at", "2026-02-30T00:00Z"], "explain: at: expected")]:
        done = locumd.ctl("explain", *words)
        assert done.returncode == 1 and said in done.stderr


# ---- at another time ----

def then(locumd, at, name="www.example.com", kind="A"):
    done = locumd.ctl("explain", name, kind, "--at", at, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"


def test_what_was_answered_at_another_time_and_why(locumd, farm):
    """Before a failover, after it, frozen by an operator, pinned by another: in one process, and after a stop and a start."""
    farm.start(policy={"failback": "manual"})
    first = locumd.status()["at"]
    farm.change("ams", farm.web["fra"].kill_at_once)
    locumd.until_states("www", fra="down")
    failed_over, serial = locumd.status()["at"], locumd.serial()
    locumd.ctl("freeze", "www", "--for", "1h", "--reason", "the disk of fra")
    frozen = locumd.status()["at"]
    locumd.ctl("pin", "www", "par")
    pinned = locumd.status()["at"]

    def is_right(loaded):
        [www] = (told := then(locumd, first))["services"]
        assert (told["running"], www["known"], www["active"], www["chosen_by"]["number"], www["deposed"]) == ("yes", True, ["fra"], 1, [])
        assert [e["detail"].split(" until ")[0] for e in www["entries"]] == ["from - to fra", "from fra to ams", "freeze"]
        assert [e["later"] for e in www["entries"]] == [False, True, True] and www["said"] is None
        assert (told["loaded_since"] is not None) == loaded
        [www] = (told := then(locumd, failed_over))["services"]
        assert (www["active"], www["chosen_by"]["name"], www["home"], www["deposed"], www["overrides"]) == (["ams"], "failover", "fra", ["fra"], [])
        assert (www["by"]["author"], www["by"]["detail"], www["by"]["serial"]) == ("rule 13 failover", "from fra to ams", serial)
        assert first < www["since"] <= www["by"]["at"] < failed_over and www["by"]["generation"] > 0
        assert f"www.example.com. 5 A {farm.web['ams'].address}" in www["records"] and told["steps"][0]["records"] == []
        fra, ams, par = www["checks"]
        assert (fra["heard"], fra["run"]["outcome"], ams["run"]["outcome"], par["run"]["outcome"]) == (True, "fail", "pass", "pass")
        assert first < fra["run"]["from"] < failed_over and fra["run"]["n"] >= 2
        [www] = then(locumd, frozen)["services"]
        assert (www["active"], www["said"]["reason"], www["entries"][-1]["detail"]) == (["ams"], "the disk of fra", "from ams to par")
        assert [(o["what"], o["endpoint"]) for o in www["overrides"]] == [("frozen", None)] and www["frozen"]["until"] > frozen
        [www] = then(locumd, pinned)["services"]
        assert (www["active"], www["chosen_by"]["number"], www["pinned"]["endpoint"]) == (["par"], 2, "par")
        assert www["said"]["author"].startswith("uid=") and {o["what"] for o in www["overrides"]} == {"pinned", "frozen"}

    is_right(False)
    locumd.stop()
    between = now()
    locumd.start()
    is_right(True)
    told = then(locumd, between)
    assert (told["running"], told["loaded_since"]["kind"], told["services"][0]["active"]) == ("no", "start", ["par"])
    assert told["says"].startswith("locumd was not running: it ended at 20") and " and was started at 20" in told["says"]
    text = locumd.ctl("explain", "www.example.com", "--at", failed_over).stdout
    for said in ("service www, then: active ams\n", "by rule 13 failover: who answered was down", "what they said before is not recorded",
                 "switch from fra to ams, rule 13 failover\n", f"with serial {serial}\n", "  after:  entry ", "decree freeze until 20", ", the disk of fra\n", "fail  "):
        assert said in text, text
    assert "service www, when locumd ended: active par" in locumd.ctl("explain", "www.example.com", "--at", between).stdout


def test_what_is_not_known_of_another_time_is_said(locumd, farm):
    """Before the journal, and after a process that was killed."""
    farm.start()
    locumd.ctl("freeze", "www")
    locumd.stop(signal.SIGKILL)
    gone = now()
    locumd.start()
    told = then(locumd, "7d")
    [www] = told["services"]
    assert (told["running"], www["known"], www["by"], [e["later"] for e in www["entries"]]) == ("unknown", False, None, [True, True])
    assert told["says"].startswith("that is before the journal: its first entry is of 20") and told["loaded_since"]["number"] == 1
    assert [c["run"] for c in www["checks"]] == [None] * 3
    text = locumd.ctl("explain", "www.example.com", "--at", "7d").stdout
    assert "service www: what was answered then is not in the journal" in text and "nothing recorded" in text
    told = then(locumd, gone)
    assert told["running"] == "unknown" and "it ended without a word and was started again at" in told["says"]
    assert (told["services"][0]["active"], told["services"][0]["overrides"][0]["what"]) == (["fra"], "frozen")
    assert "rcode" not in told and told["asked"] > told["at"] == gone


def test_a_restored_backup_is_told(locumd, farm):
    farm.start()
    locumd.ctl("backup", str(locumd.dir / "backup.db"))
    locumd.ctl("freeze", "www")
    assert then(locumd, "0s")["services"][0]["restored"] is None
    locumd.ctl("restore", str(locumd.dir / "backup.db"))
    [www] = then(locumd, "0s")["services"]
    assert (www["restored"]["kind"], www["known"], www["active"]) == ("restore", True, ["fra"])
    assert "a backup was restored" in locumd.ctl("explain", "www.example.com", "--at", "0s").stdout


def test_endpoints_that_are_no_more_are_told(locumd, farm):
    farm.start(policy={"failback": "manual"})
    farm.change("ams", farm.web["fra"].kill_at_once)
    failed_over = locumd.status()["at"]
    service = farm.service(policy={"failback": "manual"})
    service["endpoints"] = [e for e in service["endpoints"] if e["name"] == "par"]
    locumd.write({"www": service}, {"web": farm.probe()}).reload()
    [www] = then(locumd, failed_over)["services"]
    assert (www["active"], www["chosen_by"]["number"], www["records"]) == (["ams"], 13, [])


def test_a_static_name_at_another_time(locumd):
    locumd.write().start()
    place = f"static, from {locumd.dir / 'example.com.zone'}:6"
    told = then(locumd, "0s", "mail.example.com")
    assert (told["steps"][0]["source"], told["loaded_since"], told["running"], told["services"]) == (place, None, "yes", [])
    before = locumd.status()["at"]
    assert then(locumd, "0s", "nobody.example.com")["steps"][0]["how"] == "nxdomain"
    locumd.write(zones={"example.com": ZONE + "more IN A 192.0.2.9\n"}).reload()
    told = then(locumd, before, "mail.example.com")
    assert (told["steps"][0]["source"], told["loaded_since"]["kind"]) == (place, "reload")
    assert "zones and configuration were loaded after that: entry 2, " in locumd.ctl("explain", "mail.example.com", "--at", before).stdout


def test_times_are_read_as_people_write_them(locumd, farm):
    farm.start()
    asked = now()
    for at in (asked, asked[:19] + "Z", asked[:16] + "Z", "0s", "90s", "7d"):
        assert then(locumd, at)["at"] <= asked or at == "0s"
    for at in ("yesterday", "2026-11-22", "9999-01-01T00:00Z", "2199-01-01T00:00Z", ""):
        done = locumd.ctl("explain", "www.example.com", "--at", at)
        assert done.returncode == 1 and "explain: at: " in done.stderr, done.stderr
        assert locumd.http(f"/explain?name=www.example.com&at={at}")[0] == 400
    code, body = locumd.http("/explain?name=www.example.com&at=0s")
    over_http, over_socket = json.loads(body), then(locumd, "0s")
    for told in (over_http, over_socket):
        del told["at"], told["asked"], told["services"][0]["checks"]
    assert code == 200 and over_http == over_socket


def test_a_slow_journal_holds_up_only_who_asks_for_the_past(guard, locumd, farm):
    farm.start()
    trace = Strace(guard, locumd, "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:delay_enter=3000000:when=1")
    mark = locumd.log.mark()
    freeze = spawn(guard, [BUILD / "locumctl", "-s", locumd.control, "freeze", "www"], stdout=subprocess.DEVNULL)
    locumd.log.wait(r"freeze", since=mark)  # the keeper writes it for three seconds now
    code, body = locumd.http("/explain?name=www.example.com&at=1s")
    assert (code, freeze.poll()) == (503, None) and body.startswith("no answer in time"), body
    assert json.loads(locumd.http("/explain?name=www.example.com")[1])["services"][0]["overrides"] == []
    assert "example.com.zone:6" in locumd.http("/explain?name=mail.example.com")[1] and locumd.http("/healthz")[0] == 200
    assert then(locumd, "0s")["services"][0]["known"]  # who has more patience is answered
    assert freeze.wait(10) == 0
    trace.close()
