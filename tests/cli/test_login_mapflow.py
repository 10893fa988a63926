#!/usr/bin/env python3
"""Checks `osmflow login mapflow` and `osmflow api mapflow` against the sandbox: test_login_mapflow.py BUILD_DIR.

No output of any run may hold a token, in no form."""
import base64
import json
import os
import pathlib
import pty
import stat
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
import support  # noqa: E402

PLAIN = "anna@example.com:anna-token"
BASIC = base64.b64encode(PLAIN.encode()).decode()
PAGE = "https://app.mapflow.ai/account/api"
printed = []


def environment(sandbox, folder, **settings):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("OSMAPI_", "OSMFLOW_", "MAPFLOW_", "GDAL_HTTP_", "XDG_"))}
    kept.update(HOME=str(folder), MAPFLOW_URL=sandbox.url + "/rest", MAPFLOW_MAX_WAIT="5")
    kept.update(settings)
    return kept


class Run:
    def __init__(self, sandbox, folder, *words, stdin="", **settings):
        done = subprocess.run([str(support.BUILD / "bin" / "osmflow"), *words], input=stdin, text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(sandbox, folder, **settings))
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        printed.append(self.out + self.err)


def kept(folder):
    path = folder / ".config" / "osmflow" / "credentials.json"
    return json.loads(path.read_text()) if path.exists() else {}


def keeps_what_was_pasted(checks):
    """However it was pasted, what is kept is what goes into the header."""
    for pasted, token, user in ((BASIC, BASIC, "anna@example.com (2450 credits)"), (PLAIN, BASIC, "anna@example.com (2450"),
                                (BASIC.rstrip("="), BASIC, "anna@example.com"), (f"  Basic {BASIC}\r\n", BASIC, "anna@example.com"),
                                ("alice-token\n", "alice-token", "anna@example.com"),
                                ("Bearer alice-token", "alice-token", "anna@example.com"),
                                ("ben@example.com:ben-token", None, "ben@example.com (0 credits)")):
        for shape in ("recorded", "spec"):
            with support.folder() as folder, support.Sandbox() as sandbox:
                sandbox.call("PUT", f"/sandbox/mapflow?shape={shape}")
                run = Run(sandbox, folder, "login", "mapflow", "--token-stdin", stdin=pasted)
                what = f"{pasted.split()[0][:6]}... ({shape})"
                checks.equal((run.code, run.err), (0, ""), what)
                checks.that(f"Logged in at {sandbox.url}/rest as {user}" in run.out, f"{what}: {run.out}")
                entry = kept(folder).get(sandbox.url + "/rest", {}).get("token")
                checks.that(entry == token if token else entry, f"{what}: what is kept")


def status_and_logout(checks):
    with support.folder() as folder, support.Sandbox() as sandbox:
        run = Run(sandbox, folder, "login", "mapflow", "--status")
        checks.that(run.code == 1 and "not logged in" in run.err and "osmflow login mapflow" in run.err, f"before: {run.err}")
        Run(sandbox, folder, "login", "mapflow", stdin=PLAIN)
        path = folder / ".config" / "osmflow" / "credentials.json"
        checks.equal(stat.S_IMODE(path.stat().st_mode), 0o600, "only the user can read the file")
        run = Run(sandbox, folder, "login", "mapflow", "--status")
        checks.equal(run.out, f"server: {sandbox.url}/rest\ntoken:  {path}\nuser:   anna@example.com\ncredits: 2450\n", "status")
        run = Run(sandbox, folder, "login", "mapflow", "--status", MAPFLOW_TOKEN="ben@example.com:ben-token")
        checks.that("token:  MAPFLOW_TOKEN\nuser:   ben@example.com\n" in run.out, f"the option goes first: {run.out}")
        run = Run(sandbox, folder, "api", "mapflow", "GET", "projects/default")
        checks.equal((run.code, json.loads(run.out)["user"]["email"]), (0, "anna@example.com"), "the kept token is used")
        run = Run(sandbox, folder, "login", "mapflow", "--logout")
        checks.that(run.code == 0 and PAGE in run.out and kept(folder) == {}, f"logout: {run.out}")
        run = Run(sandbox, folder, "api", "mapflow", "GET", "projects/default")
        checks.that(run.code == 1 and "osmflow login mapflow" in run.err, f"after: {run.err}")
        run = Run(sandbox, folder, "login", "mapflow", "--logout")
        checks.that(run.code == 0 and "There is no kept token" in run.out, f"twice: {run.out}")


def refuses_bad_tokens(checks):
    with support.folder() as folder, support.Sandbox() as sandbox:
        for pasted, code, part in (("anna@example.com:wr0ng\n", 1, "401"), ("wr0ng\n", 1, "401"), ("", 2, "no line"),
                                   ("wr0ng wr0ng\n", 1, "401"), ("wr0ng\u00e4\n", 2, "oken")):
            run = Run(sandbox, folder, "login", "mapflow", "--token-stdin", stdin=pasted)
            checks.that(run.code == code and part in run.err, f"{pasted!r}: {run.code} {run.err}")
            checks.that("wr0ng" not in run.out + run.err and kept(folder) == {}, f"{pasted!r}: not repeated, not kept")
        for words, part in ((("--client-id", "x"), PAGE), (("--scopes", "write_api"), PAGE), (("--for", "edit"), PAGE),
                            (("--no-browser",), PAGE), (("--port", "7070"), PAGE), (("--status", "--logout"), "only one of"),
                            (("--server", "http://example.org/rest"), "https"), (("--server", "ftp://x"), "ftp")):
            run = Run(sandbox, folder, "login", "mapflow", *words, stdin=PLAIN)
            checks.that(run.code == 2 and part in run.err, f"{words}: {run.code} {run.err}")
        checks.equal(kept(folder), {}, "nothing is kept")
        run = Run(sandbox, folder, "login", "mapflow", PLAIN)
        checks.that(run.code == 2 and "word too many" in run.err, f"a token in the wrong place: {run.err}")


def asks_another_call(checks):
    """Servers without a default project tell by the account; those that tell nothing are none."""
    with support.folder() as folder, support.Sandbox() as sandbox:
        sandbox.fault(path="/rest/projects/default", count=-1, status=404)
        run = Run(sandbox, folder, "login", "mapflow", stdin=PLAIN)
        checks.that(run.code == 0 and "as anna@example.com (2450 credits)" in run.out, f"no default project: {run.out}{run.err}")
        Run(sandbox, folder, "login", "mapflow", "--logout")
        sandbox.end_faults()
        sandbox.fault(path="/rest/user/status", count=-1, status=404)
        run = Run(sandbox, folder, "login", "mapflow", stdin=PLAIN)
        checks.that(run.code == 0 and "as anna@example.com.\n" in run.out, f"credits that cannot be told: {run.out}{run.err}")
        Run(sandbox, folder, "login", "mapflow", "--logout")
        sandbox.end_faults()
        sandbox.fault(path="/rest/*", count=-1, status=404)
        run = Run(sandbox, folder, "login", "mapflow", stdin=PLAIN)
        checks.that(run.code == 1 and kept(folder) == {}, f"no Mapflow at all: {run.out}{run.err}")


def hides_what_is_typed(checks):
    with support.folder() as folder, support.Sandbox() as sandbox:
        master, slave = pty.openpty()
        process = subprocess.Popen([str(support.BUILD / "bin" / "osmflow"), "login", "mapflow"], stdin=slave, stderr=slave,
                                   stdout=subprocess.PIPE, text=True, env=environment(sandbox, folder))
        os.close(slave)
        shown = os.read(master, 1000)
        checks.that(PAGE.encode() in shown and b"Token" in shown, f"what is asked: {shown}")
        time.sleep(0.3)  # the keyboard goes silent right after the question
        os.write(master, PLAIN.encode() + b"\n")
        out = process.communicate(timeout=30)[0]
        try:
            shown += os.read(master, 1000)
        except OSError:
            pass
        os.close(master)
        printed.append(out + shown.decode())
        checks.that(process.returncode == 0 and "as anna@example.com" in out, f"login: {out}")


def calls_anything(checks):
    with support.folder() as folder, support.Sandbox() as sandbox:
        token = {"MAPFLOW_TOKEN": PLAIN}
        run = Run(sandbox, folder, "api", "mapflow", "POST", "projects/page", "--body", "-", stdin='{"limit": 2, "offset": 0}', **token)
        checks.equal((run.code, len(json.loads(run.out)["results"])), (0, 2), f"a listing by POST: {run.err}")
        run = Run(sandbox, folder, "api", "mapflow", "GET", sandbox.url + "/rest/rasters/memory", **token)
        checks.that(run.code == 0 and "memory" in run.out, f"a whole address: {run.err}")
        run = Run(sandbox, folder, "api", "mapflow", "GET", "https://example.org/rest/projects", **token)
        checks.that(run.code == 2 and "not one of" in run.err, f"another server's address: {run.err}")
        run = Run(sandbox, folder, "api", "mapflow", "GET", "projects/default", MAPFLOW_TOKEN=BASIC, MAPFLOW_AUTH="BEARER")
        checks.equal(run.code, 1, "MAPFLOW_AUTH forces the other way")
        run = Run(sandbox, folder, "api", "mapflow", "GET", "projects/default", MAPFLOW_TOKEN=PLAIN, MAPFLOW_AUTH="DIGEST")
        checks.that(run.code == 2 and "MAPFLOW_AUTH" in run.err, f"no such way: {run.err}")


def hides_the_tokens(checks):
    every = "".join(printed)
    secrets = (PLAIN, "anna-token", "ben-token", "alice-token", BASIC.rstrip("="),
               base64.b64encode(b"ben@example.com:ben-token").decode().rstrip("="))
    checks.that(len(printed) > 30 and not any(secret in every for secret in secrets), "no token in any output")


checks = support.Checks("login-mapflow")
checks.run(keeps_what_was_pasted, status_and_logout, refuses_bad_tokens, asks_another_call, hides_what_is_typed, calls_anything,
           hides_the_tokens)
checks.close()
