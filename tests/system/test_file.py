"""Files on this host as probes, for each endpoint its own."""


def test_files(locumd):
    ends = [{"name": n} for n in ("a", "b")]
    locumd.write({"www": {"zone": "example.com", "records": ["www TXT {name}"], "endpoints": ends, "health": {"all": ["done", "in"]},
                          "policy": {"hold": "100ms"}}},
                 {"done": {"type": "file", "path": "{name}.done", "expect": "^ok", "every": "20ms", "timeout": "200ms", "fall": 1, "rise": 1},
                  "in": {"type": "file", "path": "{name}.out", "exists": False, "every": "20ms", "timeout": "200ms", "fall": 1, "rise": 1}})
    for name in ("a", "b"):
        (locumd.dir / f"{name}.done").write_text("ok 7\n")
    locumd.start()
    locumd.until_states("www", a="up", b="up")
    (locumd.dir / "a.out").touch()
    locumd.log.wait(r'endpoint=a state=down was=up probe=in why="it is there"')
    assert locumd.data("www.example.com", "TXT") == ['"b"']
    (locumd.dir / "a.out").unlink()
    locumd.until_states("www", a="up")
    (locumd.dir / "b.done").write_text("failed\n")
    locumd.log.wait(r'endpoint=b state=down was=up probe=done why="content is not as expected"')
    (locumd.dir / "b.done").unlink()
    locumd.log.wait(r"service=www from=b to=a")
