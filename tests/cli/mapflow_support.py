"""What the tests of the Mapflow commands share: a sandbox, osmflow as a user runs it, checks with counts."""
import json
import os
import pty
import select
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

PROJECT = "546d148f-19a1-40d8-8f16-d1e6dabfd204"
PROCESSING = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
MOSAIC = "6ee95ae6-f26e-41bd-8cb1-39bea545119f"
IMAGE = "6ae7f9e9-da2d-41e0-b16f-83396003af57"
NOTHING = "00000000-0000-4000-8000-00000000dead"
BOX = ("--bbox", "7.0765,49.3181,7.0831,49.3231")
TOKEN = "anna@example.com:anna-token"
SECRETS = ("anna-token", "YW5uYUBleGFtcGxlLmNvbTphbm5hLXRva2Vu", "pa55word", "ben-token")

counts = {"passed": 0, "failed": 0, "skipped": 0}
printed = []
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
places = {"base": "", "program": "", "folder": "", "plugins": ""}


def check(condition, what):
    counts["passed" if condition else "failed"] += 1
    if not condition:
        print("FAILED:", what)
    return condition


def expect(value, wanted, what):
    return check(value == wanted, "%s: %r instead of %r" % (what, value, wanted))


def contains(text, part, what):
    return check(part in text, "%s: %r is not in %r" % (what, part, text))


def skip(why):
    counts["skipped"] += 1
    print("SKIPPED:", why)


def environment(**settings):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("OSMAPI_", "MAPFLOW_", "OSMFLOW_", "GDAL_", "XDG_")) and
            name not in ("LD_PRELOAD", "ASAN_OPTIONS")}
    kept.update(HOME=places["folder"], MAPFLOW_URL=places["base"] + "/rest", MAPFLOW_TOKEN=TOKEN, MAPFLOW_MAX_WAIT="20",
                MAPFLOW_POLL="0.05", **settings)
    return kept


class Run:
    """One run of osmflow that has ended."""

    def __init__(self, *words, stdin="", **settings):
        done = subprocess.run([places["program"], *words], input=stdin.encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={**environment(), **settings}, timeout=120)
        self.code, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()
        printed.append((" ".join(words), self.out + self.err))


def fine(*words, **more):
    """Ends well and complains about nothing."""
    run = Run(*words, **more)
    expect((run.code, run.err), (0, ""), "osmflow " + " ".join(words))
    return run.out


def fine_json(*words, **more):
    out = fine(*words, "--json", **more)
    try:
        return json.loads(out)
    except ValueError:
        check(False, "osmflow %s: no JSON: %r" % (" ".join(words), out[:200]))
        return {}


def fails(code, part, *words, **more):
    run = Run(*words, **more)
    expect(run.code, code, "osmflow %s (%s)" % (" ".join(words), run.err.strip()))
    contains(run.err, part, "osmflow " + " ".join(words))
    return run


def at_keyboard(answer, *words, **settings):
    """Runs osmflow at a terminal, types an answer once it asks; its exit code and all that it showed."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(places["program"], [places["program"], *words], {**environment(), **settings})
    shown, is_asked, end = b"", False, time.monotonic() + 60
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if not is_asked and b"[y/N]" in shown:
            is_asked = True
            os.write(terminal, answer.encode() + b"\n")
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    printed.append((" ".join(words), shown.decode(errors="replace")))
    return code, shown.decode(errors="replace")


def request(method, path, body=None, token=TOKEN):
    """Asks the sandbox behind osmflow's back; the answer's text."""
    import base64
    headers = {"Authorization": "Basic " + base64.b64encode(token.encode()).decode()}
    if body is not None:
        headers["Content-Type"] = "application/json"
    asking = urllib.request.Request(places["base"] + path, json.dumps(body).encode() if body is not None else None,
                                    headers, method=method)
    with opener.open(asking, timeout=20) as answer:
        return answer.read().decode()


def get(path):
    return json.loads(request("GET", "/rest/" + path))


def control(command, **parameters):
    request("PUT", "/sandbox/%s?%s" % (command, urllib.parse.urlencode(parameters)))


def fault(**wishes):
    control("fault/reset")
    if wishes:
        control("fault", **wishes)


def facts():
    """What the sandbox says that was created, started and spent."""
    return json.loads(request("GET", "/sandbox/mapflow"))


def has_plugin():
    """Whether the built plugin reads Mapflow."""
    path = os.path.join(places["plugins"], "ogr_osmflow.so")
    if not os.path.exists(path):
        return False
    done = subprocess.run(["ogrinfo", "--formats"], env={**os.environ, "GDAL_DRIVER_PATH": places["plugins"]},
                          stdout=subprocess.PIPE, check=True)
    return b"MAPFLOW" in done.stdout


def file_at(name):
    return os.path.join(places["folder"], name)


def check_no_secret_is_shown():
    for secret in SECRETS:
        expect([words for words, text in printed if secret in text], [], "a secret is shown")


def run_all(name, functions):
    """Runs every check_ function of a test against one sandbox, and prints the closing line."""
    if len(sys.argv) != 2:
        print("usage: %s BUILD_DIR" % sys.argv[0])
        return 2
    build = os.path.abspath(sys.argv[1])
    places["program"], places["plugins"] = os.path.join(build, "bin", "osmflow"), os.path.join(build, "gdalplugins")
    with tempfile.TemporaryDirectory(prefix="osmflow-mapflow-") as folder:
        places["folder"] = folder
        with subprocess.Popen([os.path.join(build, "bin", "osmflow-sandbox"), "--exit-with-stdin"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
            places["base"] = server.stdout.readline().decode().strip()
            for function in [*functions, check_no_secret_is_shown]:
                try:
                    function()
                except Exception as error:  # something of another shape than expected
                    check(False, "%s: %s: %s" % (function.__name__, type(error).__name__, error))
            server.stdin.close()
            server.wait(20)
    print("%s: %d passed, %d failed, %d skipped" % (name, counts["passed"], counts["failed"], counts["skipped"]))
    return 1 if counts["failed"] else 0
