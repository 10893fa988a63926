#!/usr/bin/env python3
"""Checks the sandbox's calls of the Rails port: test_rails.py [PATH OF osmflow-sandbox], or OSMFLOW_BUILD in the
environment. One function per call, with what it must answer and every way in which it must refuse."""
import base64
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
import zipfile

ALICE, BOB, MOD = "alice-token", "bob-token", "mod-token"
NO_SCOPE = "You have not permitted the application access to this facility"
NOBODY = "Couldn't authenticate you"
counts = {"passed": 0, "failed": 0}
base = ""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


opener = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        self.type = response.headers.get("Content-Type", "")
        self.text = self.body.decode("utf-8", "replace")

    def xml(self):
        return ElementTree.fromstring(self.body)

    def json(self):
        return json.loads(self.text)


def call(method, path, token=None, body=None, headers=None, **parameters):
    url = base + path
    if parameters:
        url += ("&" if "?" in path else "?") + urllib.parse.urlencode(parameters)
    request = urllib.request.Request(url, method=method, data=body.encode() if isinstance(body, str) else body)
    request.add_header("Accept", "*/*")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    if token:
        request.add_header("Authorization", "Bearer " + token)
    if method in ("POST", "PUT") and body is None:
        request.add_header("Content-Length", "0")
    try:
        return Answer(opener.open(request, timeout=20))
    except urllib.error.HTTPError as error:
        return Answer(error)


def get(path, token=None, **parameters):
    return call("GET", path, token, **parameters)


def post(path, token=None, **parameters):
    return call("POST", path, token, **parameters)


def check(condition, what):
    counts["passed" if condition else "failed"] += 1
    if not condition:
        print("FAILED:", what)


def expect(value, wanted, what):
    check(value == wanted, "%s: %r instead of %r" % (what, value, wanted))


def refused(answer, status, text, what):
    """An error of the Rails port: the text is the body and the Error header."""
    expect((answer.status, answer.text), (status, text), what)
    if text and status not in (401,):
        expect(answer.headers.get("Error"), text[:250], what + ", Error header")
        expect(answer.type, "text/plain; charset=utf-8", what + ", type")


def well(answer, what, kind="application/xml; charset=utf-8"):
    expect((answer.status, answer.type), (200, kind), what + (" " + answer.text[:200] if answer.status != 200 else ""))
    return answer


def grant(scope, login="alice"):
    """A token with these scopes, by the whole OAuth dance."""
    verifier = "v" * 50
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    back = "http://127.0.0.1:9/callback"
    answer = get("/oauth2/authorize", response_type="code", client_id="test", redirect_uri=back, scope=scope,
                 state="x y&z", code_challenge=challenge, code_challenge_method="S256", login=login)
    expect(answer.status, 302, "authorize")
    location = urllib.parse.urlsplit(answer.headers["Location"])
    query = urllib.parse.parse_qs(location.query)
    expect(query["state"], ["x y&z"], "state comes back")
    check(answer.headers["Location"].startswith(back + "?"), "redirect goes to the redirect_uri")
    form = urllib.parse.urlencode({"grant_type": "authorization_code", "code": query["code"][0], "client_id": "test",
                                   "redirect_uri": back, "code_verifier": verifier})
    answer = call("POST", "/oauth2/token", body=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
    well(answer, "token", "application/json; charset=utf-8")
    expect(answer.json()["token_type"], "Bearer", "token type")
    expect(answer.json()["scope"], scope, "granted scopes")
    return answer.json()["access_token"]


def check_versions():
    answer = well(get("/api/versions"), "versions")
    expect([v.text for v in answer.xml().iter("version")], ["0.6"], "versions in XML")
    answer = well(get("/api/versions.json"), "versions.json", "application/json; charset=utf-8")
    expect(answer.json()["api"], {"versions": ["0.6"]}, "versions in JSON")
    answer = call("GET", "/api/versions", headers={"Accept": "application/json"})
    expect(answer.type, "application/json; charset=utf-8", "versions by Accept")
    expect(call("GET", "/api/versions", headers={"Accept": "image/png"}).status, 406, "versions as a picture")
    expect(post("/api/versions").status, 405, "versions by POST")


def check_capabilities():
    for path in "/api/capabilities", "/api/0.6/capabilities":
        root = well(get(path), path).xml()
        expect(root.get("version"), "0.6", path + " version")
        expect(root.get("generator"), "OpenStreetMap server", path + " generator")
        expect(root.find("api/area").get("maximum"), "0.25", path + " area")
        expect(root.find("api/changesets").get("maximum_elements"), "10000", path + " changesets")
        expect(root.find("api/status").attrib, {"database": "online", "api": "online", "gpx": "online"}, path)
        check(root.find("policy/imagery/blacklist") is not None, path + " blacklist")
        answer = well(get(path + ".json"), path + ".json", "application/json; charset=utf-8").json()
        expect(answer["api"]["note_area"]["maximum"], 25, path + ".json note area")
        expect(answer["api"]["notes"], {"default_query_limit": 100, "maximum_query_limit": 10000}, path + ".json notes")
        check(answer["policy"]["imagery"]["blacklist"][0]["regex"], path + ".json blacklist")


def check_setting_capabilities():
    answer = well(call("PUT", "/sandbox/capabilities", map_area="0.1", tracepoints_per_page=7), "set capabilities")
    expect(answer.xml().find("api/tracepoints").get("per_page"), "7", "points per page are set")
    root = get("/api/capabilities").xml()
    expect(root.find("api/area").get("maximum"), "0.1", "area is set")
    refused(call("PUT", "/sandbox/capabilities", map_area="big"), 400, 'map_area: "big" is not a number', "bad area")
    refused(call("PUT", "/sandbox/capabilities", map_nodes="-1"), 400,
            'map_nodes: "-1" is not a whole number that is not negative', "bad count")
    refused(call("PUT", "/sandbox/capabilities", api="on"), 400, 'api: "on" is none of online, readonly, offline',
            "bad status")
    call("PUT", "/sandbox/capabilities", map_area="0.25", tracepoints_per_page=5000, api="readonly")
    expect(get("/api/capabilities").xml().find("api/status").get("api"), "readonly", "status is told")
    refused(post("/api/0.6/notes", lat=1, lon=1, text="x"), 503, "Database offline for maintenance", "write, read only")
    expect(get("/api/0.6/notes/search").status, 200, "read, read only")
    call("PUT", "/sandbox/capabilities", api="online", database="offline")
    refused(get("/api/0.6/notes/search"), 503, "Database offline for maintenance", "read, offline")
    expect(get("/api/capabilities").status, 200, "capabilities, offline")
    call("PUT", "/sandbox/capabilities", database="online", gpx="offline")
    refused(get("/api/0.6/user/gpx_files", ALICE), 503, "GPX files offline for maintenance", "gpx offline")
    call("PUT", "/sandbox/capabilities", gpx="online")


def check_permissions():
    expect(len(well(get("/api/0.6/permissions"), "permissions of nobody").xml().find("permissions")), 0, "of nobody")
    token = grant("read_prefs write_notes")
    names = [p.get("name") for p in get("/api/0.6/permissions", token).xml().iter("permission")]
    expect(names, ["allow_read_prefs", "allow_write_notes"], "permissions of a token")
    answer = get("/api/0.6/permissions.json", token).json()
    expect(answer["permissions"], ["allow_read_prefs", "allow_write_notes"], "permissions in JSON")
    expect(get("/api/0.6/permissions.json").json()["permissions"], [], "permissions of nobody in JSON")
    expect(len(get("/api/0.6/permissions", MOD).xml().findall("permissions/permission")), 8, "all permissions")
    expect(get("/api/0.6/permissions", "no-such-token").status, 401, "an unknown token")


def check_oauth():
    back = "http://127.0.0.1:9/cb"
    good = {"response_type": "code", "client_id": "c", "redirect_uri": back, "scope": "read_prefs"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    def token(**fields):
        return call("POST", "/oauth2/token", body=urllib.parse.urlencode(fields), headers=form)

    for wrong in "http://example.com/cb", "https://127.0.0.1.example.com/", "":
        expect(get("/oauth2/authorize", **dict(good, redirect_uri=wrong)).status, 400, "redirect to " + wrong)
    expect(get("/oauth2/authorize", **dict(good, client_id="")).status, 400, "no client")
    for wrong, error in (("response_type", "unsupported_response_type"), ("scope", "invalid_scope")):
        answer = get("/oauth2/authorize", **dict(good, **{wrong: "nonsense"}))
        check(answer.status == 302 and error in answer.headers["Location"], "bad " + wrong)
    answer = get("/oauth2/authorize", code_challenge="x", code_challenge_method="plain", **good)
    check("invalid_code_challenge_method" in answer.headers["Location"], "only S256")

    def code(**more):
        location = get("/oauth2/authorize", **dict(good, **more)).headers["Location"]
        return urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)["code"][0]

    def redeem(code, **more):
        fields = dict(grant_type="authorization_code", code=code, client_id="c", redirect_uri=back)
        return token(**dict(fields, **more))

    used = code()
    expect(redeem(used).status, 200, "code without PKCE")
    answer = redeem(used)
    expect((answer.status, answer.json()["error"]), (400, "invalid_grant"), "a code twice")
    expect(redeem(code(), redirect_uri="http://127.0.0.1:9/other").json()["error"], "invalid_grant", "other redirect")
    expect(redeem(code(), client_id="d").json()["error"], "invalid_grant", "other client")
    expect(redeem(code(code_challenge="A" * 43, code_challenge_method="S256"), code_verifier="wrong").json()["error"],
           "invalid_grant", "wrong verifier")
    expect(redeem(code(code_challenge="A" * 43, code_challenge_method="S256")).json()["error"], "invalid_grant",
           "no verifier")
    expect(redeem("").json()["error"], "invalid_request", "no code")
    expect(redeem(code(), grant_type="password").json()["error"], "unsupported_grant_type", "other grant")
    answer = redeem(code(), client_id="")
    expect((answer.status, answer.json()["error"]), (401, "invalid_client"), "token without a client")
    answer = get("/oauth2/authorize", **dict(good, redirect_uri="urn:ietf:wg:oauth:2.0:oob"))
    location = answer.headers["Location"]
    check(location.startswith("/oauth2/authorize/native?code="), "out of band")
    page = get(location)
    shown = re.search(r'id="authorization_code">([^<]+)<', page.text).group(1)
    answer = redeem(shown, redirect_uri="urn:ietf:wg:oauth:2.0:oob")
    expect(answer.status, 200, "out-of-band code")
    secret = answer.json()["access_token"]
    expect(get("/api/0.6/user/details", secret).status, 200, "granted token works")
    expect(call("POST", "/oauth2/revoke", body="token=" + secret, headers=form).text, "{}", "revoke")
    expect(get("/api/0.6/user/details", secret).status, 401, "revoked token")
    expect(call("POST", "/oauth2/revoke", body="token=unknown", headers=form).status, 200, "revoke an unknown token")
    redeem(code())


def check_users():
    user = well(get("/api/0.6/user/101"), "user").xml().find("user")
    expect((user.get("id"), user.get("display_name")), ("101", "alice"), "user in XML")
    check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", user.get("account_created")), "account_created")
    expect(user.find("contributor-terms").get("agreed"), "true", "terms")
    check(user.find("home") is None, "a stranger sees no home")
    expect([r.tag for r in get("/api/0.6/user/103").xml().find("user/roles")], ["moderator"], "roles")
    user = well(get("/api/0.6/user/103.json"), "user.json", "application/json; charset=utf-8").json()["user"]
    expect((user["id"], user["roles"], user["blocks"]["issued"]["count"]), (103, ["moderator"], 0), "user in JSON")
    expect((get("/api/0.6/user/999").status, get("/api/0.6/user/999").text), (404, ""), "unknown user")
    expect(get("/api/0.6/user/alice").status, 404, "user by name")
    users = well(get("/api/0.6/users", users="102,999,101"), "users").xml().findall("user")
    expect([u.get("id") for u in users], ["102", "101"], "users in order, without the unknown")
    users = get("/api/0.6/users.json", users="101").json()["users"]
    expect(users[0]["user"]["display_name"], "alice", "users in JSON")
    refused(get("/api/0.6/users"), 400,
            "The parameter users is required, and must be of the form users=id[,id[,id...]]", "users without ids")
    refused(get("/api/0.6/users?users="), 400, "No users were given to search for", "users with no ids")


def check_details():
    user = well(get("/api/0.6/user/details", ALICE), "details").xml().find("user")
    check(user.find("home") is not None and user.find("messages/received") is not None, "own home and messages")
    expect([lang.text for lang in user.iter("lang")], ["de-DE", "en"], "languages")
    user = get("/api/0.6/user/details.json", BOB).json()["user"]
    expect((user["id"], user["languages"], user["messages"]["sent"]), (102, ["de-DE", "en"], {"count": 0}), "JSON")
    refused(get("/api/0.6/user/details"), 401, NOBODY, "details of nobody")
    refused(get("/api/0.6/user/details", grant("write_api")), 403, NO_SCOPE, "details without read_prefs")


def check_preferences():
    path = "/api/0.6/user/preferences"

    def put(document, token=ALICE, where=path):
        return call("PUT", where, token, body=document)

    expect(len(well(get(path, ALICE), "no preferences").xml().find("preferences")), 0, "no preferences")
    document = '<osm><preferences><preference k="a.b" v="1 &lt; &amp;"/><preference k="\u00e4" v=""/></preferences></osm>'
    answer = put(document)
    expect((answer.status, answer.text), (200, ""), "set all")
    found = {p.get("k"): p.get("v") for p in get(path, ALICE).xml().iter("preference")}
    expect(found, {"a.b": "1 < &", "\u00e4": ""}, "all in XML")
    for spelling in path, "/api/0.6/preferences":
        expect(get(spelling + ".json", ALICE).json()["preferences"], {"a.b": "1 < &", "\u00e4": ""}, "all in JSON")
    expect(len(get(path, BOB).xml().find("preferences")), 0, "bob has none")
    put('<osm><preferences><preference k="only" v="one"/></preferences></osm>')
    expect(get(path + ".json", ALICE).json()["preferences"], {"only": "one"}, "the others are gone")
    twice = '<osm><preferences><preference k="a" v="1"/><preference k="a" v="2"/></preferences></osm>'
    refused(put(twice), 406, "Duplicate preferences with key a", "a key twice")
    expect(get(path + ".json", ALICE).json()["preferences"], {"only": "one"}, "nothing has changed")

    def many(count):
        items = "".join('<preference k="k%d" v="v"/>' % i for i in range(count))
        return "<osm><preferences>%s</preferences></osm>" % items

    refused(put(many(151)), 413, "Too many preferences", "151 preferences")
    expect(put(many(150), BOB).status, 200, "150 preferences")
    expect(len(get(path, BOB).xml().find("preferences")), 150, "150 preferences are kept")
    expect(put(many(0), BOB).status, 200, "no preferences")
    expect(put("<osm><preferences>").status, 400, "broken document")
    check("is too long (maximum is 255 characters)" in put(
        '<osm><preferences><preference k="a" v="%s"/></preferences></osm>' % ("\u00e4" * 256)).text, "long value")
    expect(put('<osm><preferences><preference k="a" v="%s"/></preferences></osm>' % ("\u00e4" * 255)).status, 200, "255")
    refused(get(path), 401, NOBODY, "preferences of nobody")
    refused(get(path, grant("write_prefs")), 403, NO_SCOPE, "read without read_prefs")
    refused(put(many(1), grant("read_prefs")), 403, NO_SCOPE, "write without write_prefs")
    refused(put(many(1), None), 401, NOBODY, "write of nobody")


def check_one_preference():
    for path in "/api/0.6/user/preferences/", "/api/0.6/preferences/":
        key = path + "gps.trace.visibility"
        answer = call("PUT", key, ALICE, body="public\n")
        expect((answer.status, answer.text), (200, ""), "set one")
        answer = well(get(key, ALICE), "one", "text/plain; charset=utf-8")
        expect(answer.text, "public", "one value, without the line end")
        call("PUT", key, ALICE, body="l\u00e4nger <&>")
        expect(get(key, ALICE).text, "l\u00e4nger <&>", "changed value")
        expect(call("DELETE", key, ALICE).status, 200, "delete one")
        expect((get(key, ALICE).status, get(key, ALICE).text), (404, ""), "deleted one")
        expect(call("DELETE", key, ALICE).status, 404, "delete one twice")
        expect(call("PUT", key, ALICE, body="x" * 256).status, 400, "a long value")
        expect(call("PUT", key, ALICE, body=b"").status, 200, "set an empty value")
        expect(get(key, ALICE).text, "", "empty value")
        call("DELETE", key, ALICE)
        odd = path + urllib.parse.quote("a b&c", safe="")
        expect(call("PUT", odd, ALICE, body="odd").status, 200, "set an odd key")
        expect(get(odd, ALICE).text, "odd", "odd key")
        call("DELETE", odd, ALICE)
        for method in "GET", "PUT", "DELETE":
            refused(call(method, key, body=b"x" if method == "PUT" else None), 401, NOBODY, method + " of nobody")
        refused(call("DELETE", key, grant("read_prefs")), 403, NO_SCOPE, "delete without write_prefs")
        refused(get(key, grant("write_prefs")), 403, NO_SCOPE, "read without read_prefs")


def new_note(text="A note", token=None, lon="8.5", lat="46.5"):
    answer = well(post("/api/0.6/notes", token, lat=lat, lon=lon, text=text), "create a note")
    return answer.xml().find("note")


def comments_of(note):
    return [(c.findtext("action"), c.findtext("user"), c.findtext("text")) for c in note.iter("comment")]


def check_create_note():
    note = new_note("Hello <b> & \"quotes\"\n\nnew paragraph\nnew line \U0001f600", lon="-0.1234567", lat="51")
    expect((note.get("lon"), note.get("lat")), ("-0.1234567", "51.0000000"), "place")
    expect(comments_of(note), [("opened", None, "Hello <b> & \"quotes\"\n\nnew paragraph\nnew line \U0001f600")], "text")
    expect(note.findtext("comments/comment/html"),
           "<p>Hello &lt;b&gt; &amp; \"quotes\"</p>\n\n<p>new paragraph\n<br />new line \U0001f600</p>", "html")
    expect(note.findtext("status"), "open", "status")
    check(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", note.findtext("date_created")), "date_created")
    number = note.findtext("id")
    expect(note.findtext("url"), base + "/api/0.6/notes/" + number, "url")
    expect(note.findtext("close_url"), base + "/api/0.6/notes/%s/close" % number, "close_url")
    expect(comments_of(new_note(token=ALICE)), [("opened", "alice", "A note")], "author")
    expect(comments_of(new_note(token=grant("read_prefs"))), [("opened", None, "A note")], "anonymous without the scope")
    body = json.dumps({"lat": 51.5, "lon": 0.1, "text": "First\n\n\"second\" \u00e4 \\"})
    answer = call("POST", "/api/0.6/notes.json", BOB, body=body, headers={"Content-Type": "application/json"})
    feature = well(answer, "create as JSON", "application/json; charset=utf-8").json()
    expect(feature["geometry"], {"type": "Point", "coordinates": [0.1, 51.5]}, "place in JSON")
    expect(feature["properties"]["comments"][0]["text"], "First\n\n\"second\" \u00e4 \\", "text in JSON")
    expect(feature["properties"]["comments"][0]["uid"], 102, "uid in JSON")
    form = urllib.parse.urlencode({"lat": "1", "lon": "2", "text": "form"})
    answer = call("POST", "/api/0.6/notes", body=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
    expect(comments_of(answer.xml().find("note"))[0][2], "form", "create by a form")
    for missing, text in (("lat", "No lat was given"), ("lon", "No lon was given"), ("text", "No text was given")):
        fields = {"lat": "1", "lon": "1", "text": "x"}
        del fields[missing]
        refused(post("/api/0.6/notes", **fields), 400, text, "create without " + missing)
    refused(post("/api/0.6/notes", lat="1", lon="1", text=" \n"), 400, "No text was given", "blank text")
    refused(post("/api/0.6/notes", lat="x", lon="1", text="x"), 400, "lat was not a number", "bad lat")
    refused(post("/api/0.6/notes", lat="1", lon="1,5", text="x"), 400, "lon was not a number", "decimal comma")
    refused(post("/api/0.6/notes", lat="90.1", lon="1", text="x"), 400, "The note is outside this world", "too far north")
    refused(post("/api/0.6/notes", lat="1", lon="-181", text="x"), 400, "The note is outside this world", "too far west")
    body = json.dumps({"lat": 1, "lon": 1, "text": "\u00e4" * 2000})
    answer = call("POST", "/api/0.6/notes.json", body=body, headers={"Content-Type": "application/json"})
    expect(answer.status, 200, "2000 characters")
    expect(post("/api/0.6/notes", lat="1", lon="1", text="x" * 2001).status, 400, "2001 characters")
    expect(call("PUT", "/api/0.6/notes").status, 405, "create by PUT")


def check_read_note():
    number = new_note("Readable", ALICE).findtext("id")
    path = "/api/0.6/notes/" + number
    expect(comments_of(well(get(path), "read").xml().find("note")), [("opened", "alice", "Readable")], "XML")
    feature = well(get(path + ".json"), "read.json", "application/json; charset=utf-8").json()
    expect((feature["type"], feature["properties"]["id"]), ("Feature", int(number)), "JSON")
    check(feature["properties"]["comment_url"].endswith("/comment.json"), "addresses carry the suffix")
    root = well(get(path + ".gpx"), "read.gpx", "application/gpx+xml; charset=utf-8").xml()
    name = "{http://www.topografix.com/GPX/1/1}"
    expect(root.findtext(name + "wpt/" + name + "extensions/" + name + "id"), number, "GPX")
    root = well(get(path + ".rss"), "read.rss", "application/rss+xml; charset=utf-8").xml()
    check("Readable" in root.findtext("channel/item/description"), "RSS")
    expect((get("/api/0.6/notes/99999").status, get("/api/0.6/notes/99999").text), (404, ""), "unknown note")
    expect(get("/api/0.6/notes/0").status, 404, "note 0")
    expect(get(path + ".png").status, 404, "as a picture")


def check_comment_note():
    number = new_note("First").findtext("id")
    path = "/api/0.6/notes/%s/comment" % number
    answer = well(post(path, BOB, text="Second"), "comment")
    expect(comments_of(answer.xml().find("note")), [("opened", None, "First"), ("commented", "bob", "Second")], "order")
    feature = post(path + ".json", BOB, text="Third").json()
    expect(len(feature["properties"]["comments"]), 3, "comment with JSON")
    refused(post(path, BOB), 400, "No text was given", "no text")
    refused(post(path, text="x"), 401, NOBODY, "comment of nobody")
    refused(post(path, grant("write_api"), text="x"), 403, NO_SCOPE, "comment without write_notes")
    expect(post("/api/0.6/notes/99999/comment", BOB, text="x").status, 404, "unknown note")
    expect(call("GET", path, BOB).status, 405, "comment by GET")
    closed = post("/api/0.6/notes/%s/close" % number, BOB).xml().findtext("note/date_closed")
    refused(post(path, BOB, text="x"), 409, "The note %s was closed at %s" % (number, closed), "comment on a closed note")
    call("DELETE", "/api/0.6/notes/" + number, MOD)
    refused(post(path, BOB, text="x"), 410, "The note with the id %s has already been deleted" % number, "hidden note")


def check_close_and_reopen_note():
    number = new_note("Open").findtext("id")
    path = "/api/0.6/notes/" + number
    refused(post(path + "/reopen", ALICE), 409, "The note %s is already open" % number, "reopen an open note")
    note = well(post(path + "/close", ALICE, text="Done"), "close").xml().find("note")
    expect((note.findtext("status"), comments_of(note)[-1]), ("closed", ("closed", "alice", "Done")), "closed")
    check(note.find("reopen_url") is not None and note.find("close_url") is None, "addresses of a closed note")
    properties = get(path + ".json").json()["properties"]
    expect(properties["closed_at"], note.findtext("date_closed"), "closed_at in JSON")
    refused(post(path + "/close", BOB), 409, "The note %s was closed at %s" % (number, note.findtext("date_closed")),
            "close twice")
    note = well(post(path + "/reopen", BOB, text="Not done"), "reopen").xml().find("note")
    expect((note.findtext("status"), note.find("date_closed")), ("open", None), "reopened")
    note = post(path + "/close", ALICE).xml().find("note")
    expect(comments_of(note)[-1], ("closed", "alice", ""), "close without text")
    for verb in "/close", "/reopen":
        refused(post(path + verb), 401, NOBODY, verb + " of nobody")
        refused(post(path + verb, grant("read_prefs")), 403, NO_SCOPE, verb + " without write_notes")
        expect(post("/api/0.6/notes/99999" + verb, ALICE).status, 404, verb + " of an unknown note")


def check_hide_note():
    number = new_note("To be hidden").findtext("id")
    path = "/api/0.6/notes/" + number
    gone = "The note with the id %s has already been deleted" % number
    refused(call("DELETE", path), 401, NOBODY, "hide as nobody")
    refused(call("DELETE", path, ALICE), 403, NO_SCOPE, "hide as a user")
    refused(call("DELETE", path, grant("read_prefs", "mod")), 403, NO_SCOPE, "hide without write_notes")
    expect(call("DELETE", "/api/0.6/notes/99999", MOD).status, 404, "hide an unknown note")
    note = well(call("DELETE", path, MOD, text="Personal"), "hide").xml().find("note")
    expect((note.findtext("status"), comments_of(note)[-1]), ("hidden", ("hidden", "mod", "Personal")), "hidden")
    refused(call("DELETE", path, MOD), 410, gone, "hide twice")
    refused(get(path), 410, gone, "read a hidden note")
    refused(post(path + "/close", MOD), 410, gone, "close a hidden note")
    refused(post(path + "/reopen", ALICE), 410, gone, "reopen a hidden note as a user")
    expect(get(path, MOD).status, 200, "moderators see hidden notes")
    listed = get("/api/0.6/notes", bbox="8,46,9,47", closed="-1", limit="10000").xml()
    check(number not in [n.text for n in listed.iter("id")], "hidden notes are not listed")
    expect(post(path + "/reopen", MOD).status, 200, "reopen a hidden note as a moderator")
    expect(get(path).status, 200, "visible again")


def ids_of(answer):
    return [int(n.findtext("id")) for n in answer.xml().iter("note")]


def check_notes_in_box():
    first = int(new_note("Box 1", lon="-60.1", lat="-30.1").findtext("id"))
    second = int(new_note("Box 2", ALICE, lon="-60.2", lat="-30.2").findtext("id"))
    path, box = "/api/0.6/notes", "-61,-31,-60,-30"
    post("/api/0.6/notes/%d/close" % first, ALICE)
    expect(sorted(ids_of(well(get(path, bbox=box), "notes in a box"))), [first, second], "open and lately closed ones")
    expect(ids_of(get(path, bbox=box, closed="0")), [second], "only open ones")
    expect(sorted(ids_of(get(path, bbox=box, closed="-1"))), [first, second], "all")
    expect(len(ids_of(get(path, bbox=box, limit="1"))), 1, "limit")
    expect(ids_of(get(path, bbox="-60.2,-30.2,-60.2,-30.2")), [second], "edges belong to the box")
    collection = well(get(path + ".json", bbox=box), "notes.json", "application/json; charset=utf-8").json()
    expect((collection["type"], len(collection["features"])), ("FeatureCollection", 2), "notes.json")
    expect(get(path + ".json", bbox="1,-80,2,-79").json()["features"], [], "no notes in JSON")
    expect(len(well(get(path + ".rss", bbox=box), "rss", "application/rss+xml; charset=utf-8").xml().findall(
        "channel/item")), 2, "notes.rss")
    expect(len(well(get(path + ".gpx", bbox=box), "gpx", "application/gpx+xml; charset=utf-8").xml()), 2, "notes.gpx")
    refused(get(path), 400, "The parameter bbox is required", "no box")
    form = "The parameter bbox must be of the form min_lon,min_lat,max_lon,max_lat"
    refused(get(path, bbox="1,2,3"), 400, form, "three numbers")
    refused(get(path, bbox="1,2,3,4,5"), 400, form, "five numbers")
    refused(get(path, bbox="2,1,1,2"), 400,
            "The minimum longitude must be less than the maximum longitude, but it wasn't", "west of east")
    refused(get(path, bbox="1,2,2,1"), 400,
            "The minimum latitude must be less than the maximum latitude, but it wasn't", "south of north")
    refused(get(path, bbox="0,0,5.1,5"), 400, "The maximum bbox size is 25, and your request was too large. Either "
            "request a smaller area, or use planet.osm", "a large box")
    expect(get(path, bbox="0,0,5,5").status, 200, "exactly the largest box")
    for limit in "0", "10001", "-1", "x":
        refused(get(path, bbox=box, limit=limit), 400, "Note limit must be between 1 and 10000", "limit " + limit)
    expect(get(path, bbox=box, limit="10000").status, 200, "highest limit")


def check_search_notes():
    path = "/api/0.6/notes/search"
    first = int(new_note("Zebra crossing missing", ALICE, lon="-70", lat="-20").findtext("id"))
    second = int(new_note("Shop gone", BOB, lon="-70", lat="-20").findtext("id"))
    post("/api/0.6/notes/%d/comment" % second, ALICE, text="There is a zebra in it")
    expect(sorted(ids_of(well(get(path, q="ZEBRA"), "search"))), [first, second], "words in text and comments")
    expect(ids_of(get(path, q="crossing zebra")), [first], "all words")
    expect(ids_of(get(path, q="unicorn")), [], "no such word")
    expect(sorted(ids_of(get(path, q="zebra", user="101"))), [first, second], "by uid")
    box = "-71,-21,-69,-19"
    expect(ids_of(get(path, bbox=box, display_name="bob")), [second], "by name")
    expect(ids_of(get(path, bbox=box, display_name="bob", user="101")), [second], "the name goes before the uid")
    expect(ids_of(get(path, bbox=box, sort="created_at", order="oldest")), [first, second], "oldest first")
    expect(ids_of(get(path, bbox=box, sort="created_at", order="newest")), [second, first], "newest first")
    expect(ids_of(get(path, bbox=box, order="oldest")), [first, second], "by update, oldest first")
    expect(len(ids_of(get(path, limit="2"))), 2, "limit")
    post("/api/0.6/notes/%d/close" % first, ALICE)
    expect(ids_of(get(path, bbox=box, closed="0")), [second], "only open ones")
    expect(ids_of(get(path, bbox=box)), [first, second], "the last change first")
    expect(len(ids_of(get(path, bbox=box, **{"from": "2020-01-01"}))), 2, "from")
    expect(ids_of(get(path, bbox=box, **{"from": "2020-01-01T00:00:00Z", "to": "2020-12-31"})), [], "from and to")
    expect(len(ids_of(get(path, bbox=box, to="2020-12-31"))), 2, "to alone has no effect")
    for suffix in ".json", ".rss", ".gpx":
        expect(get(path + suffix, q="zebra").status, 200, "search" + suffix)
    refused(get(path, display_name="nobody at all"), 400, "User nobody at all not known", "unknown name")
    refused(get(path, user="999"), 400, "User 999 not known", "unknown uid")
    refused(get(path, **{"from": "yesterdayish"}), 400, "Date yesterdayish is in a wrong format", "bad from")
    refused(get(path, **{"from": "2020-01-01", "to": "x"}), 400, "Date x is in a wrong format", "bad to")
    refused(get(path, limit="0"), 400, "Note limit must be between 1 and 10000", "bad limit")
    expect(get(path, bbox="0,0,6,6").status, 400, "a large box")


def check_feed():
    number = new_note("Fed", ALICE, lon="-80", lat="-10").findtext("id")
    post("/api/0.6/notes/%s/comment" % number, BOB, text="Fed again ]]> x")
    path = "/api/0.6/notes/feed"
    root = well(get(path, bbox="-81,-11,-79,-9"), "feed", "application/rss+xml; charset=utf-8").xml()
    items = root.findall("channel/item")
    expect(len(items), 2, "one item per comment")
    check("Fed again" in items[0].findtext("description"), "the latest first")
    expect(items[0].findtext("{http://purl.org/dc/elements/1.1/}creator"), "bob", "creator")
    check(items[0].findtext("link").startswith(base + "/note/%s#c" % number), "link")
    check(re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", items[0].findtext("pubDate")), "pubDate")
    expect(get(path).status, 200, "feed of the world")
    expect(get(path, bbox="1,2,3").status, 400, "bad box")
    expect(get(path, bbox="0,0,6,6").status, 400, "large box")


def track(points, times=True, segments=1):
    lines = ['<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk>']
    for segment in range(segments):
        lines.append("<trkseg>")
        for index, (lon, lat) in enumerate(points):
            time = "<time>2020-01-01T%02d:%02d:%02dZ</time>" % (segment, index // 60 % 60, index % 60) if times else ""
            lines.append('<trkpt lat="%s" lon="%s"><ele>5</ele>%s</trkpt>' % (lat, lon, time))
        lines.append("</trkseg>")
    return "".join(lines) + "</trk></gpx>"


def upload(content, token=ALICE, filename="my track.gpx", **fields):
    parts = []
    fields.setdefault("description", "A walk")
    for name, value in fields.items():
        if value is not None:
            parts.append(b'--XYZ\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (
                name.encode(), value.encode()))
    if content is not None:
        parts.append(b'--XYZ\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n'
                     b'Content-Type: application/gpx+xml\r\n\r\n%s\r\n' % (
                         filename.encode(), content.encode() if isinstance(content, str) else content))
    return call("POST", "/api/0.6/gpx/create", token, body=b"".join(parts) + b"--XYZ--\r\n",
                headers={"Content-Type": "multipart/form-data; boundary=XYZ"})


def check_create_trace():
    answer = well(upload(track([(7, 46), (7.1, 46.1)]), tags="a,b c", visibility="identifiable"), "upload",
                  "text/plain; charset=utf-8")
    check(answer.text.isdigit(), "the answer is the id")
    trace = well(get("/api/0.6/gpx/%s/details" % answer.text), "details").xml().find("gpx_file")
    expect((trace.get("name"), trace.get("lat"), trace.get("lon"), trace.get("user"), trace.get("uid"),
            trace.get("visibility"), trace.get("pending")),
           ("my_track.gpx", "46.0000000", "7.0000000", "alice", "101", "identifiable", "false"), "details")
    expect(trace.findtext("description"), "A walk", "description")
    expect([t.text for t in trace.iter("tag")], ["a", "b c"], "tags")
    for fields, visibility in (({"public": "1"}, "public"), ({"public": "0"}, "private"), ({}, "private"),
                               ({"public": "1", "visibility": "trackable"}, "trackable")):
        number = upload(track([(7, 46)]), **fields).text
        found = get("/api/0.6/gpx/" + number, ALICE).xml().find("gpx_file").get("visibility")
        expect(found, visibility, "visibility of %r" % fields)
    for fields in {"description": None}, {"description": ""}, {"visibility": "secret"}, {"description": "x" * 256}:
        expect((upload(track([(7, 46)]), **fields).status, upload(track([(7, 46)]), **fields).text), (400, ""),
               "upload with %r" % fields)
    expect(upload(None).status, 400, "upload without a file")
    refused(upload(track([(7, 46)]), None), 401, NOBODY, "upload of nobody")
    refused(upload(track([(7, 46)]), grant("write_api")), 403, NO_SCOPE, "upload without write_gpx")
    for content in "no track at all", track([(7, 46)], times=False), track([(7, 146)]):
        answer = upload(content, visibility="public")
        expect(answer.status, 200, "a file without a usable point is taken")
        expect(get("/api/0.6/gpx/" + answer.text).status, 404, "and forgotten")


def check_trace_details():
    private, public = upload(track([(7, 46)])).text, upload(track([(7, 46)]), visibility="public").text
    for path in "/api/0.6/gpx/%s", "/api/0.6/gpx/%s/details":
        expect(get(path % public).status, 200, "public details")
        expect(get(path % private, ALICE).status, 200, "own details")
        refused(get(path % private), 401, NOBODY, "private details of nobody")
        expect((get(path % private, BOB).status, get(path % private, BOB).text), (403, ""), "another's private details")
        refused(get(path % private, grant("write_gpx")), 403, NO_SCOPE, "details without read_gpx")
        expect(get(path % "99999").status, 404, "unknown trace")


def check_trace_data():
    content = track([(7, 46)])
    number = upload(content, visibility="public").text
    path = "/api/0.6/gpx/%s/data" % number
    answer = well(get(path), "data", "application/gpx+xml")
    expect(answer.text, content, "the very file")
    expect(answer.headers["Content-Disposition"], 'attachment; filename="%s.gpx"' % number, "its name")
    expect(well(get(path + ".gpx"), "data.gpx", "application/gpx+xml").text, content, "data.gpx")
    expect(well(get(path + ".xml"), "data.xml", "application/xml").text, content, "data.xml")
    packed = gzip.compress(content.encode())
    path = "/api/0.6/gpx/%s/data" % upload(packed, filename="t.gpx.gz").text
    expect(well(get(path, ALICE), "packed data", "application/gzip").body, packed, "the very packed file")
    expect(get(path + ".gpx", ALICE).text, content, "unpacked data")
    answer = call("GET", path, ALICE, headers={"Accept": "application/gpx+xml"})
    expect(answer.text, content, "unpacked data by Accept")
    refused(get(path), 401, NOBODY, "private data of nobody")
    expect(get(path, BOB).status, 403, "another's private data")
    refused(get(path, grant("write_gpx")), 403, NO_SCOPE, "data without read_gpx")
    expect(get("/api/0.6/gpx/99999/data").status, 404, "unknown trace")
    expect(get("/api/0.6/gpx/%s/nonsense" % number).status, 404, "unknown call")


def check_archives_of_traces():
    first, second = track([(7, 46), (7.1, 46)]), track([(8, 46)])

    def tar(mode):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode=mode) as archive:
            for name, content in ("a.gpx", first), ("b.gpx", second):
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content.encode()))
        return packed.getvalue()

    def zipped(method):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", method) as archive:
            archive.writestr("a.gpx", first)
            archive.writestr("b.gpx", second)
        return packed.getvalue()

    for name, content, kind in (("t.tar", tar("w"), "application/x-tar"), ("t.tar.gz", tar("w:gz"), "application/gzip"),
                                ("t.zip", zipped(zipfile.ZIP_DEFLATED), "application/zip"),
                                ("s.zip", zipped(zipfile.ZIP_STORED), "application/zip")):
        path = "/api/0.6/gpx/%s" % upload(content, filename=name, visibility="public").text
        expect(well(get(path + "/data"), name, kind).body, content, name + " as it was uploaded")
        check(get(path + "/data").headers["Content-Disposition"].endswith(name[1:] + '"'), name + " extension")
        expect(get(path + "/data.gpx").text, first + second, name + ": one after the other")
        expect(get(path).status, 200, name + " is usable")
        for size in range(0, len(content), 37):
            upload(content[:size], filename=name)
    expect(get("/api/0.6/user/preferences/gps.trace.visibility", ALICE).text, "private", "last visibility is kept")


def check_update_and_delete_trace():
    number = upload(track([(7, 46)]), tags="old").text
    path = "/api/0.6/gpx/" + number

    def put(document, token=ALICE, where=path):
        return call("PUT", where, token, body=document)

    good = '<osm><gpx_file id="%s" visibility="public"><description>New &lt;&amp;</description><tag>x</tag><tag>y</tag>' \
           '</gpx_file></osm>' % number
    answer = put(good)
    expect((answer.status, answer.text), (200, ""), "update")
    trace = get(path).xml().find("gpx_file")
    expect((trace.get("visibility"), trace.findtext("description"), [t.text for t in trace.iter("tag")]),
           ("public", "New <&", ["x", "y"]), "updated")
    for document, why in (
            ("<osm/>", "XML doesn't contain an osm/gpx_file element."),
            ('<osm><gpx_file id="%s"/></osm>' % number, "visibility missing"),
            ('<osm><gpx_file visibility="public"/></osm>', "ID is required when updating."),
            ('<osm><gpx_file id="%s" visibility="public"/></osm>' % number, "description missing")):
        refused(put(document), 400, "Cannot parse valid trace from xml string %s. %s" % (document, why), why)
    check(put("<osm>").text.startswith("Cannot parse valid trace from xml string <osm>. "), "broken document")
    refused(put(good.replace('id="%s"' % number, 'id="77777"')), 400,
            "The id in the url (%s) is not the same as provided in the xml (77777)" % number, "another id")
    refused(put(good.replace('id="%s"' % number, 'id="x"')), 400, "ID of trace cannot be zero when updating.", "no id")
    expect(put(good.replace("public", "secret")).status, 400, "bad visibility")
    refused(put(good, None), 401, NOBODY, "update of nobody")
    refused(put(good, grant("read_gpx")), 403, NO_SCOPE, "update without write_gpx")
    expect((put(good, BOB).status, put(good, BOB).text), (403, ""), "update of another's trace")
    expect(put(good, where="/api/0.6/gpx/99999").status, 404, "update of an unknown trace")
    refused(call("DELETE", path), 401, NOBODY, "delete of nobody")
    refused(call("DELETE", path, grant("read_gpx")), 403, NO_SCOPE, "delete without write_gpx")
    expect(call("DELETE", path, BOB).status, 403, "delete of another's trace")
    answer = call("DELETE", path, ALICE)
    expect((answer.status, answer.text), (200, ""), "delete")
    expect(get(path).status, 404, "deleted")
    expect(call("DELETE", path, ALICE).status, 404, "delete twice")
    expect(put(good).status, 404, "update of a deleted trace")


def check_list_traces():
    number = upload(track([(7, 46)]), BOB, description="Bob's").text
    traces = well(get("/api/0.6/user/gpx_files", BOB), "list").xml().findall("gpx_file")
    check(number in [t.get("id") for t in traces], "own traces are listed")
    expect({t.get("user") for t in traces}, {"bob"}, "no others")
    refused(get("/api/0.6/user/gpx_files"), 401, NOBODY, "list of nobody")
    refused(get("/api/0.6/user/gpx_files", grant("write_gpx")), 403, NO_SCOPE, "list without read_gpx")


def check_trackpoints():
    path, box, name = "/api/0.6/trackpoints", "-50,-40,-49.75,-39.75", "{http://www.topografix.com/GPX/1/0}"
    line = [("%.7f" % (-49.9 + i * 0.001), "%.7f" % (-39.9 + i * 0.001)) for i in range(5)]
    private = upload(track(line), visibility="private").text
    trackable = upload(track(line[::-1], segments=2), BOB, visibility="trackable").text
    identifiable = upload(track(line), BOB, visibility="identifiable", description="D & E").text
    upload(track([(-49.9, -39.9)]), visibility="public")
    root = well(get(path, bbox=box), "trackpoints").xml()
    expect((root.tag, root.get("version"), root.get("creator")), (name + "gpx", "1.0", "OpenStreetMap.org"), "GPX 1.0")
    tracks = root.findall(name + "trk")
    expect([len(list(t.iter(name + "trkpt"))) for t in tracks], [5, 10, 6], "newest trackable first, private ones last")
    expect(tracks[0].findtext(name + "url"), base + "/user/bob/traces/" + identifiable, "identifiable: url")
    expect(tracks[0].findtext(name + "desc"), "D & E", "identifiable: description")
    check(tracks[1].find(name + "name") is None, "trackable has no name")
    expect(len(tracks[1].findall(name + "trkseg")), 2, "segments of a trackable trace")
    expect(len(list(tracks[1].iter(name + "time"))), 10, "times of a trackable trace")
    expect(len(tracks[2].findall(name + "trkseg")), 1, "all the others are one segment")
    expect(len(list(tracks[2].iter(name + "time"))), 0, "without times")
    places = [(float(p.get("lat")), float(p.get("lon"))) for p in tracks[2].iter(name + "trkpt")]
    expect(places, sorted(places), "sorted by place")
    call("PUT", "/sandbox/capabilities", tracepoints_per_page=8)
    pages = [len(list(get(path, bbox=box, page=page).xml().iter(name + "trkpt"))) for page in range(4)]
    expect(pages, [8, 8, 5, 0], "pages")
    call("PUT", "/sandbox/capabilities", tracepoints_per_page=5000)
    expect(len(list(get(path, bbox="1,1,1.1,1.1").xml())), 0, "no points")
    call("DELETE", "/api/0.6/gpx/" + trackable, BOB)
    expect(len(list(get(path, bbox=box).xml().iter(name + "trkpt"))), 11, "points of a deleted trace are gone")
    refused(get(path, bbox=box, page="-1"), 400, "Page number must be greater than or equal to 0", "page -1")
    refused(get(path), 400, "The parameter bbox must be of the form min_lon,min_lat,max_lon,max_lat", "no box")
    refused(get(path, bbox="0,0,1,1"), 400, "The maximum bbox size is 0.25, and your request was too large. Either "
            "request a smaller area, or use planet.osm", "large box")
    for number, token in ((private, ALICE), (identifiable, BOB)):
        call("DELETE", "/api/0.6/gpx/" + number, token)


def new_changeset(token=ALICE, nodes=(), close=False):
    number = call("PUT", "/api/0.6/changeset/create", token, body="<osm><changeset/></osm>").text
    if nodes:
        change = "".join('<node id="-%d" changeset="%s" lon="%s" lat="%s"/>' % (i + 1, number, lon, lat)
                         for i, (lon, lat) in enumerate(nodes))
        answer = post_body("/api/0.6/changeset/%s/upload" % number, token,
                           "<osmChange version='0.6'><create>%s</create></osmChange>" % change)
        expect(answer.status, 200, "upload")
    if close:
        expect(call("PUT", "/api/0.6/changeset/%s/close" % number, token).status, 200, "close")
    return int(number)


def post_body(path, token, body, **headers):
    return call("POST", path, token, body=body, headers=headers)


def changesets_of(answer):
    return [int(c.get("id")) for c in well(answer, "query").xml().iter("changeset")]


def check_query_changesets():
    path = "/api/0.6/changesets"
    first = new_changeset(nodes=[(-30, 20), (-29, 21)], close=True)
    second = new_changeset(BOB, nodes=[(-29.5, 20.5)])
    third = new_changeset(ALICE)
    every = "%d,%d,%d" % (first, second, third)
    expect(changesets_of(get(path, changesets=every)), [third, second, first], "by ids, newest first")
    expect(changesets_of(get(path, changesets=every, order="oldest")), [first, second, third], "oldest first")
    expect(changesets_of(get(path, changesets=every, order="newest", limit="2")), [third, second], "limit")
    expect(changesets_of(get(path, changesets="%d,99999,x" % first)), [first], "unknown ids are left out")
    expect(changesets_of(get(path, changesets=every, user="101")), [third, first], "by uid")
    expect(changesets_of(get(path, changesets=every, display_name="bob")), [second], "by name")
    expect(changesets_of(get(path, changesets=every, open="true")), [third, second], "open ones")
    expect(changesets_of(get(path, changesets=every, closed="true")), [first], "closed ones")
    expect(changesets_of(get(path, changesets=every, open="true", closed="true")), [], "both")
    expect(changesets_of(get(path, bbox="-30.5,19.5,-29.25,20.75")), [second, first], "boxes that meet")
    expect(changesets_of(get(path, bbox="-29,21,-28,22")), [], "boxes that only touch")
    expect(changesets_of(get(path, bbox="-180,-90,180,90", changesets=str(third))), [], "without a box")
    expect(len(changesets_of(get(path, changesets=every, time="2020-01-01"))), 3, "closed after")
    expect(changesets_of(get(path, changesets=every, time="2010-01-01,2020-01-01T00:00Z")), [], "created before")
    expect(changesets_of(get(path, changesets=every, time="2999-01-01T00:00:00Z")), [], "closed later")
    expect(len(changesets_of(get(path, changesets=every, **{"from": "2020-01-01T00:00:00Z"}))), 3, "from")
    expect(changesets_of(get(path, changesets=every, **{"from": "2020-01-01", "to": "2021-01-01"})), [], "from and to")
    expect(len(changesets_of(get(path, changesets=every, to="2021-01-01"))), 3, "to alone has no effect")
    found = well(get(path + ".json", changesets=str(second)), "JSON", "application/json; charset=utf-8").json()
    expect([(c["id"], c["user"], c["open"], c["changes_count"]) for c in found["changesets"]],
           [(second, "bob", True, 1)], "query in JSON")
    expect(get(path + ".json", changesets="99999").json()["changesets"], [], "nothing in JSON")
    expect(changesets_of(get(path, changesets="99999")), [], "nothing in XML")
    refused(get(path, order="oldest", time="2020-01-01"), 400, "cannot use order=oldest with time", "order and time")
    refused(get(path, user="101", display_name="alice"), 400, "provide either the user ID or display name, but not both",
            "uid and name")
    for user in "me", "-1", "0":
        refused(get(path, user=user), 400, "invalid user ID", "user " + user)
    expect((get(path, user="999").status, get(path, user="999").text), (404, ""), "unknown uid")
    refused(get(path, display_name="nobody"), 404, "Object not found", "unknown name")
    for time in ",", "2020-01-01,", ",2020-01-01":
        refused(get(path, time=time), 400, "bad time range", "time " + time)
    refused(get(path, time="soon"), 400, 'no time information in "soon"', "bad time")
    refused(get(path, time="2020-01-01,soon"), 400, 'no time information in "soon"', "bad end of the range")
    refused(get(path, **{"from": "soon"}), 400, "Date soon is in a wrong format", "bad from")
    refused(get(path, **{"from": "2020-01-01", "to": "soon"}), 400, "Date soon is in a wrong format", "bad to")
    refused(get(path + "?changesets="), 400, "No changesets were given to search for", "no ids")
    for limit in "0", "101", "x":
        refused(get(path, limit=limit), 400, "Changeset limit must be between 1 and 100", "limit " + limit)
    refused(get(path, bbox="1,2,3"), 400, "The parameter bbox must be of the form min_lon,min_lat,max_lon,max_lat",
            "bad box")
    expect(get(path, bbox="2,1,1,2").status, 400, "box from east to west")
    for _ in range(101):
        new_changeset(BOB)
    expect(len(changesets_of(get(path))), 100, "at most a hundred")


def comments_on(changeset):
    return [c.findtext("text") for c in get("/api/0.6/changeset/%d" % changeset, include_discussion="true").xml().iter(
        "comment")]


def check_comment_changeset():
    number = new_changeset()
    path = "/api/0.6/changeset/%d/comment" % number
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refused(post(path, BOB, text="x"), 409, "The changeset %d is not yet closed." % number, "open changeset")
    call("PUT", "/api/0.6/changeset/%d/close" % number, ALICE)
    answer = well(call("POST", path, BOB, body="text=Nice+%26+good", headers=form), "comment")
    expect(answer.xml().find("changeset").get("comments_count"), "1", "comments are counted")
    answer = well(post(path + ".json", ALICE, text="Thanks"), "comment", "application/json; charset=utf-8")
    expect(answer.json()["changeset"]["comments_count"], 2, "comment with JSON")
    expect(comments_on(number), ["Nice & good", "Thanks"], "comments in order")
    refused(post(path, BOB), 400, "No text was given", "no text")
    refused(post(path, BOB, text="  "), 400, "No text was given", "blank text")
    refused(post(path, text="x"), 401, NOBODY, "comment of nobody")
    refused(post(path, grant("write_notes"), text="x"), 403, NO_SCOPE, "comment without write_api")
    expect(post("/api/0.6/changeset/99999/comment", BOB, text="x").status, 404, "unknown changeset")
    expect(call("GET", path, BOB).status, 405, "comment by GET")


def check_hide_changeset_comment():
    number = new_changeset(close=True)
    post("/api/0.6/changeset/%d/comment" % number, BOB, text="Rude")
    comment = get("/api/0.6/changeset/%d" % number, include_discussion="1").xml().find(".//comment").get("id")
    for verb, left, left_count in ("hide", [], "0"), ("unhide", ["Rude"], "1"):
        path = "/api/0.6/changeset/comment/%s/" % comment + verb
        refused(post(path), 401, NOBODY, verb + " of nobody")
        refused(post(path, ALICE), 403, NO_SCOPE, verb + " as a user")
        refused(post(path, grant("read_prefs", "mod")), 403, NO_SCOPE, verb + " without write_api")
        answer = well(post(path, MOD), verb)
        expect(answer.xml().find("changeset").get("comments_count"), left_count, verb)
        expect(comments_on(number), left, "comments after " + verb)
        expect(post("/api/0.6/changeset/comment/99999/" + verb, MOD).status, 404, verb + " of an unknown comment")
        expect(post(path + ".json", MOD).json()["changeset"]["id"], number, verb + " with JSON")


def check_subscribe():
    number = new_changeset(close=True)
    path = "/api/0.6/changeset/%d/" % number
    twice = "You are already subscribed to changeset %d." % number
    never = "You are not subscribed to changeset %d." % number
    refused(post(path + "subscribe", ALICE), 409, twice, "the author is subscribed")
    refused(post(path + "unsubscribe", BOB), 404, never, "unsubscribe without subscription")
    expect(well(post(path + "subscribe", BOB), "subscribe").xml().find("changeset").get("id"), str(number), "subscribe")
    refused(post(path + "subscribe", BOB), 409, twice, "subscribe twice")
    answer = well(post(path + "unsubscribe.json", BOB), "unsubscribe", "application/json; charset=utf-8")
    expect(answer.json()["changeset"]["id"], number, "unsubscribe with JSON")
    refused(post(path + "unsubscribe", BOB), 404, never, "unsubscribe twice")
    post(path + "comment", MOD, text="x")
    refused(post(path + "subscribe", MOD), 409, twice, "a comment subscribes")
    for verb in "subscribe", "unsubscribe":
        refused(post(path + verb), 401, NOBODY, verb + " of nobody")
        refused(post(path + verb, grant("read_prefs")), 403, NO_SCOPE, verb + " without write_api")
        expect(post("/api/0.6/changeset/99999/" + verb, BOB).status, 404, verb + " of an unknown changeset")


def check_seed():
    expect(post("/sandbox/seed").text, "seeded\n", "seed")
    notes = get("/api/0.6/notes", bbox="9.5,47.1,9.6,47.2", closed="-1").xml().findall("note")
    expect(sorted((n.get("lon"), n.findtext("status")) for n in notes),
           [("9.5185000", "closed"), ("9.5190000", "open"), ("9.5200000", "open"), ("9.5215000", "open")], "seeded notes")
    traces = get("/api/0.6/user/gpx_files", BOB).xml().findall("gpx_file")
    check({"trackable.gpx", "identifiable.gpx"} <= {t.get("name") for t in traces}, "seeded traces")
    points = list(get("/api/0.6/trackpoints", bbox="9.5,47.1,9.6,47.2").xml().iter(
        "{http://www.topografix.com/GPX/1/0}trkpt"))
    expect(len(points), 140, "seeded points")
    seeded = changesets_of(get("/api/0.6/changesets", time="2026-01-01,2026-01-02", bbox="9.5,47.1,9.6,47.2"))
    expect(len(comments_on(seeded[0])), 2, "seeded discussion")


def check_time_and_reset():
    """Last, because it makes all tokens and notes old and then takes them away."""
    good = {"response_type": "code", "client_id": "c", "redirect_uri": "http://127.0.0.1:9/", "scope": "read_prefs"}
    location = get("/oauth2/authorize", **good).headers["Location"]
    number = int(new_note(token=ALICE, lon="40", lat="40").findtext("id"))
    post("/api/0.6/notes/%d/close" % number, ALICE)
    box = "39,39,41,41"
    expect(ids_of(get("/api/0.6/notes", bbox=box)), [number], "lately closed")
    call("PUT", "/sandbox/clock", add=8 * 86400)
    expect(ids_of(get("/api/0.6/notes", bbox=box)), [], "closed eight days ago")
    expect(ids_of(get("/api/0.6/notes", bbox=box, closed="9")), [number], "closed within nine days")
    fields = {"grant_type": "authorization_code", "code": location.split("code=")[1], "client_id": "c",
              "redirect_uri": good["redirect_uri"]}
    answer = call("POST", "/oauth2/token", body=urllib.parse.urlencode(fields),
                  headers={"Content-Type": "application/x-www-form-urlencoded"})
    expect(answer.json()["error"], "invalid_grant", "an old code")
    call("PUT", "/sandbox/reset")
    expect(get("/api/0.6/notes/%d" % number).status, 404, "notes after a reset")
    expect(get("/api/0.6/user/preferences.json", ALICE).json()["preferences"], {}, "preferences after a reset")
    expect(len(get("/api/0.6/user/gpx_files", BOB).xml()), 0, "traces after a reset")


def main():
    global base
    program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.environ.get("OSMFLOW_BUILD", "build"),
                                                                 "bin", "osmflow-sandbox")
    with subprocess.Popen([program, "--exit-with-stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        base = server.stdout.readline().decode().strip()
        for name, function in list(globals().items()):
            if name.startswith("check_"):
                try:
                    function()
                except Exception as error:  # an answer of another shape than expected
                    check(False, "%s: %s: %s" % (name, type(error).__name__, error))
        server.stdin.close()
        expect(server.wait(20), 0, "the sandbox ends without complaint")
    print("rails: %(passed)d passed, %(failed)d failed" % counts)
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
