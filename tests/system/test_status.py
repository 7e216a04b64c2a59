"""What locumd says of itself: status, metrics, log, locumctl."""
import http.client
import json
import re

import pytest

from daemon import STATUS_PORT


def test_status_has_what_an_operator_asks_for(locumd, farm):
    farm.start()
    status = locumd.status()
    assert status["pid"] == locumd.process.pid and status["zones"] == 1 and status["prober"]["state"] == "running"
    [service] = status["services"]
    assert (service["name"], service["zone"], service["mode"], service["state"], service["home"], service["active"], service["ttl"]) == \
        ("www", "example.com.", "single", "normal", "fra", ["fra"], 5)
    assert service["serial"] == locumd.serial()
    assert sorted(service["records"]) == sorted([f"www.example.com. 5 A {farm.web['fra'].address}",
                                                 "_http._tcp.example.com. 5 SRV 0 0 8080 fra.example.com."])
    for endpoint in service["endpoints"]:
        [check] = endpoint["checks"]
        assert (endpoint["state"], check["probe"], check["state"], check["last"]) == ("up", "web", "up", "pass")
        assert 0 <= check["latency_ms"] < 5000 and check["streak"] == 0
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", endpoint["since"])


def test_locumctl_status(locumd, farm):
    farm.start()
    done = locumd.ctl("status")
    assert done.returncode == 0
    for word in ("www", "fra", "ams", "par", "up", farm.web["fra"].address):
        assert word in done.stdout, done.stdout
    assert re.search(r"failback auto +hold [0-9.]+s +on-none keep", done.stdout), done.stdout
    as_json = json.loads(locumd.ctl("status", "--json").stdout)
    assert "www" in json.dumps(as_json)


def test_the_history_of_a_check(locumd, farm):
    farm.start()
    farm.change("ams", farm.web["fra"].kill_at_once)
    checks = {e["name"]: e["checks"][0] for e in locumd.service("www")["endpoints"]}
    assert re.fullmatch(r"[.?]*\.[.?]*x[x?]*", checks["fra"]["outcomes"]), checks
    assert re.fullmatch(r"[.?]*\.[.?]*", checks["ams"]["outcomes"]), checks
    for check in checks.values():
        ended, latency = check["attempts"], check["latency"]
        assert sum([ended["pass"], ended["fail"], *ended["no_verdict"].values()]) >= len(check["outcomes"])
        assert 0 < latency["min_ms"] <= latency["median_ms"] <= latency["p99_ms"] < 100 and latency["attempts"] == ended["pass"]
        assert check["value"] is None
    assert checks["fra"]["attempts"]["fail"] >= 2 and checks["ams"]["attempts"]["fail"] == 0
    fra = 'service="www",endpoint="fra",probe="web"'
    _, body = locumd.http("/metrics")
    assert f"locum_probe_success{{{fra}}} 0" in body and f'locum_probe_latency_seconds{{{fra},quantile="0.99"}} 0.0' in body
    assert re.search(rf'locum_probe_attempts_total{{{fra},outcome="fail"}} [1-9]', body)
    assert 'locum_prober_no_verdicts_total{reason="late"}' in body and "locum_prober_queued 0" in body
    table = locumd.ctl("status", "www").stdout
    assert re.search(r"fra +web .* [.?]*\.[.?]*x[x?]*$", table, re.M), table
    assert "LAST OUTCOMES" not in locumd.ctl("status").stdout


def test_metrics_are_what_prometheus_reads(locumd, farm):
    farm.start()
    before = locumd.metric("locum_udp_queries_total")
    for _ in range(5):
        locumd.query("mail.example.com")
    locumd.query("mail.example.com", tcp=True)
    assert locumd.metric("locum_udp_queries_total") >= before + 5 and locumd.metric("locum_tcp_queries_total") >= 1
    _, body = locumd.http("/metrics")
    helped = set(re.findall(r"^# HELP (\S+) \S", body, re.M))
    for line in body.splitlines():
        if not line.startswith("#"):
            match = re.fullmatch(r'([a-z_]+)(\{([a-z_]+="[^"]*",?)*\})? [-+0-9.e]+', line)
            assert match and match[1] in helped, line
    assert 'locum_endpoint_up{service="www",endpoint="fra"} 1' in body
    series = [line.rpartition(" ")[0] for line in body.splitlines() if not line.startswith("#")]
    assert len(series) == len(set(series))
    typed = dict(re.findall(r"^# TYPE (\S+) (\S+)$", body, re.M))
    assert all((kind == "counter") == name.endswith("_total") for name, kind in typed.items()), typed
    # Every state has its series: an alert on one that is not there would never ring.
    states = re.findall(r'^locum_service_state{service="www",state="(.*)"} ([01])$', body, re.M)
    assert dict(states) == {"normal": "1", "failed-over": "0", "degraded": "0", "none-left": "0", "stuck": "0"}


@pytest.mark.parametrize("path, method, code", [("/healthz", "GET", 200), ("/readyz", "GET", 200), ("/status", "HEAD", 200), ("/", "GET", 404),
                                                ("/status/../x", "GET", 404), ("/status", "POST", 405), ("/status", "DELETE", 405)])
def test_pages(locumd, path, method, code):
    locumd.write().start()
    assert locumd.http(path, method)[0] == code


def test_a_page_of_somebody_else_cannot_make_a_browser_ask_us(locumd):
    locumd.write().start()
    connection = http.client.HTTPConnection(locumd.address, STATUS_PORT, timeout=10)
    connection.request("GET", "/status", headers={"Host": "rebound.example"})
    assert connection.getresponse().status == 421
    connection.close()


def test_every_change_is_one_line_and_repeats_are_none(locumd, farm):
    farm.start()
    farm.change("ams", farm.web["fra"].kill_at_once)
    farm.web["ams"].kill()
    locumd.until_states("www", ams="down")
    lines = [line for line in locumd.log.all if "endpoint=fra" in line and "state=down" in line]
    assert len(lines) == 1 and re.search(r"refused|reset", lines[0]), lines


def test_foreign_bytes_do_not_reach_the_log(locumd):
    locumd.write().start()
    before = len(locumd.log.all)
    for name in ("\\027[31m.example.com", "\\010rm.example.com"):
        locumd.query(name)
    locumd.http("/%1b[31m%0d%0aSet-Cookie:x")
    assert locumd.stop() == 0
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", locumd.log.text()) and len(locumd.log.all) < before + 10
