"""explain: why a name is answered as it is, over the control socket and over HTTP, held against what DNS says."""
import json

import dns.rdatatype
import pytest

from daemon import ZONE, until


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
    ("mail.old.example.com", "A", ["dname", "records"], "NOERROR"), ("loop.example.com", "A", ["cname"] * 17, "NOERROR"),
    ("example.com", "ANY", ["records"], "NOERROR")])
def test_every_kind_of_answer(locumd, name, kind, how, rcode):
    zone = ZONE + "old IN DNAME example.com.\nloop IN CNAME loop\n"
    locumd.write(zones={"example.com": zone}).start()
    told = explain(locumd, name, kind)
    assert ([s["how"] for s in told["steps"]], told["rcode"], told["services"]) == (how, rcode, [])
    reply = locumd.query(name, kind)
    assert reply.rcode().name == rcode if hasattr(reply.rcode(), "name") else True
    if how[-1] in ("records", "wildcard") and kind != "ANY":
        wanted = dns.rdatatype.from_text(kind)
        answered = sorted(f"{rrset.name.canonicalize()} {rrset.ttl} {kind.upper()} {rr}" for rrset in reply.answer if rrset.rdtype == wanted for rr in rrset)
        assert sorted(told["steps"][-1]["records"]) == answered
    for step in told["steps"]:
        if step["records"]:
            assert step["source"] == f"static, from {locumd.dir / 'example.com.zone'}" and step["serial"] == locumd.serial()


def test_a_denial_names_the_closest_encloser(locumd):
    locumd.write().start()
    [step] = explain(locumd, "a.b.c.deep.example.com")["steps"]
    assert "the closest encloser is deep.example.com." in step["says"]
    [step] = explain(locumd, "a.mail.example.com")["steps"]
    assert "the closest encloser is mail.example.com." in step["says"]


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
    for words, said in [(["a..b"], "explain: name"), (["www.example.com", "NOPE"], "explain: type")]:
        done = locumd.ctl("explain", *words)
        assert done.returncode == 1 and said in done.stderr
