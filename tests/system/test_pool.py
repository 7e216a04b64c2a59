"""What an answer of a service has: of all endpoints, of one by weight, or nothing at all."""
import collections
import json
import subprocess

import dns.edns
import dns.rcode
from daemon import DNS_PORT, until

QUERIES = 400


def weighted(farm, weights, **more):
    service = farm.service(mode="pool", answer="weighted", records=["www A {address}", "_http._tcp SRV 0 0 {vars.port} www"], **more)
    for number, (endpoint, weight) in enumerate(zip(service["endpoints"], weights)):
        endpoint.update(weight=weight, vars={"port": str(8000 + number)})
    return service


def counts(locumd, farm, name="www.example.com"):
    """Who answered how often; every answer has one address."""
    names = {w.address: n for n, w in farm.web.items()}
    seen = collections.Counter()
    for _ in range(QUERIES):
        [address] = locumd.data(name)
        seen[names[address]] += 1
    return seen


def close_to(seen, share):
    """Within five standard deviations."""
    return abs(seen - QUERIES * share) <= 5 * (QUERIES * share * (1 - share)) ** 0.5


def shared(locumd, *more):
    """What explain says of the shares, and of the trickle."""
    [www] = json.loads(locumd.ctl("explain", "www.example.com", "--json", *more).stdout)["services"]
    rule, trickle = www["shared_by"], www["trickle_by"]
    return rule["number"], rule["name"], {s["endpoint"]: s["percent"] for s in www["shares"]}, trickle and (trickle["number"], trickle["name"])


def test_explain_tells_the_shares_and_their_rules(locumd, farm):
    locumd.write({"www": weighted(farm, (3, 1, 0))}, {"web": farm.probe()}).start()
    locumd.until_states("www", fra="up", ams="up", par="up")
    then = locumd.status()["at"]
    assert shared(locumd) == (3, "weights", {"fra": 75, "ams": 25}, None)
    assert "  shares by rule 3 weights: an answer has the records of one, by weight: fra 75%, ams 25%\n" in locumd.ctl("explain", "www.example.com").stdout
    locumd.write({"www": weighted(farm, (0, 0, 0))}, {"web": farm.probe()}).reload()
    assert shared(locumd) == (4, "alike", {"fra": 33.33, "ams": 33.33, "par": 33.33}, None)
    locumd.write({"www": farm.service(mode="pool")}, {"web": farm.probe()}).reload()
    assert shared(locumd) == (2, "all", {}, None)
    assert "shares by" not in locumd.ctl("explain", "www.example.com").stdout
    assert shared(locumd, "--at", then) == (2, "all", {}, None)  # by the weights of now


def test_answers_follow_weights_and_health(locumd, farm):
    locumd.write({"www": weighted(farm, (3, 1, 0))}, {"web": farm.probe()}).start()
    locumd.until_states("www", fra="up", ams="up", par="up")
    seen = counts(locumd, farm)
    assert close_to(seen["fra"], 0.75) and seen["par"] == 0, seen

    farm.web["fra"].kill()  # the rest goes to who is left
    locumd.until_states("www", fra="down")
    until("ams answers", 10, lambda: counts(locumd, farm) == {"ams": QUERIES})
    farm.web["ams"].kill()  # weight 0 is better than nobody
    until("par answers alone", 10, lambda: locumd.data("www.example.com") == [farm.web["par"].address])


def test_srv_and_its_address_are_of_one_endpoint(locumd, farm):
    locumd.write({"www": weighted(farm, (1, 1, 2))}, {"web": farm.probe()}).start()
    locumd.until_states("www", fra="up", ams="up", par="up")
    ports = {w.address: 8000 + number for number, w in enumerate(farm.web.values())}
    seen = collections.Counter()
    for _ in range(QUERIES):
        answer = locumd.query("_http._tcp.example.com", "SRV")
        [srv], [address] = answer.answer[0], answer.additional[0]
        assert ports[address.address] == srv.port
        seen[srv.port] += 1
    assert close_to(seen[8002], 0.5), seen


def test_dig_sees_one_address_a_time_and_a_reload_changes_weights(locumd, farm):
    locumd.write({"www": weighted(farm, (1, 1, 0))}, {"web": farm.probe()}).start()
    locumd.until_states("www", fra="up", ams="up", par="up")
    dig = subprocess.run(["dig", "+short", f"@{locumd.address}", "-p", str(DNS_PORT)] + ["www.example.com", "A"] * 40,
                         capture_output=True, text=True, timeout=60)
    lines = collections.Counter(dig.stdout.split())
    assert sum(lines.values()) == 40 and set(lines) == {farm.web["fra"].address, farm.web["ams"].address}, dig.stdout

    locumd.write({"www": weighted(farm, (1, 9, 0))}, {"web": farm.probe()})
    assert "service www" in locumd.ctl("reload", "--dry-run").stdout
    locumd.reload()
    assert close_to(counts(locumd, farm)["ams"], 0.9)


def test_servfail_when_nobody_is_left(locumd, farm):
    farm.start(policy={"on-none": "servfail"}, records=["www A {address}", "www TXT \"{name}\"", "go CNAME {host}."])
    for server in farm.web.values():
        server.kill()
    until("it fails", 10, lambda: locumd.query("www.example.com").rcode() == dns.rcode.SERVFAIL)
    answer = locumd.query("go.example.com", "AAAA")
    assert answer.rcode() == dns.rcode.SERVFAIL and not answer.answer and not answer.authority
    assert [o.code for o in answer.options if o.otype == dns.edns.EDE] == [24]
    assert locumd.query("www.example.com", tcp=True, edns=False).rcode() == dns.rcode.SERVFAIL
    assert locumd.query("www.example.com", "MX").rcode() == dns.rcode.NOERROR  # nobody manages that
    assert locumd.query("mail.example.com").rcode() == dns.rcode.NOERROR
    farm.web["ams"].start()
    until("ams answers", 10, lambda: locumd.data("www.example.com") == [farm.web["ams"].address])


def test_a_trickle_to_the_standby(locumd, farm):
    trickle = {"policy": {"trickle": "20%"}, "records": ["www A {address}"]}
    farm.web["par"].kill()
    farm.write(**trickle)
    locumd.start()
    locumd.log.wait(r"service=www trickle=ams")
    farm.web["par"].start()
    locumd.until_states("www", fra="up", ams="up", par="up")
    assert locumd.service("www")["trickle"] == ["ams"]
    assert shared(locumd) == (1, "trickle", {"fra": 80, "ams": 20}, (2, "kept"))
    text, then = locumd.ctl("explain", "www.example.com").stdout, locumd.status()["at"]
    assert "  trickle by rule 2 kept: " in text and "  shares by rule 1 trickle: " in text and ": fra 80%, ams 20%\n" in text
    seen = counts(locumd, farm)
    assert close_to(seen["ams"], 0.2) and seen["par"] == 0, seen

    # A restart forgets nothing, whatever is known of the endpoints then.
    locumd.stop()
    farm.write(probe={"every": "60s", "timeout": "5s"}, **trickle)
    for server in farm.web.values():
        server.hang()
    locumd.start()
    seen = counts(locumd, farm)
    assert close_to(seen["ams"], 0.2) and seen["par"] == 0, seen
    for server in farm.web.values():
        server.wake()
    farm.write(**trickle)
    locumd.reload()
    locumd.until_states("www", fra="up", ams="up", par="up")

    mark = locumd.log.mark()
    farm.web["ams"].kill()  # never to one that does not fit
    locumd.log.wait(r"service=www trickle=par", since=mark)
    assert set(counts(locumd, farm)) == {"fra", "par"}
    farm.write(records=trickle["records"], policy={"trickle": "20%", "wait": "2s"})
    locumd.reload()
    farm.web["fra"].kill()  # a switch ends it
    until("explain says what is waited for", 5, lambda: "failover, unless it is up by then" in locumd.ctl("explain", "www.example.com").stdout)
    until("par answers alone", 10, lambda: set(counts(locumd, farm)) == {"par"})
    assert shared(locumd) == (2, "all", {}, (1, "none"))
    assert shared(locumd, "--at", then)[:3] == (1, "trickle", {"fra": 80, "ams": 20})
