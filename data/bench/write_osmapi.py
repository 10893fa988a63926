#!/usr/bin/env python3
"""The upload of a GeoJSON file as a user of python3-osmapi writes it: write_osmapi.py URL TOKEN FILE"""
import json
import sys

import osmapi
import requests


class TokenSession(requests.Session):
    """osmapi knows passwords, which servers do not take any more; a token comes in by the session."""
    token = ""

    @property
    def auth(self):
        def add(request):
            request.headers["Authorization"] = "Bearer " + self.token
            return request
        return add

    @auth.setter
    def auth(self, _):
        pass


def changes(features):
    """Nodes, one for each place, then ways."""
    nodes, ways = {}, []
    for feature in features:
        geometry, tags = feature["geometry"], feature["properties"]
        points = geometry["coordinates"] if geometry["type"] == "LineString" else [geometry["coordinates"]]
        ids = []
        for lon, lat in points:
            node = nodes.setdefault((lon, lat), {"id": -1 - len(nodes), "lon": lon, "lat": lat, "tag": {}})
            ids.append(node["id"])
        if geometry["type"] == "LineString":
            ways.append({"id": -1 - len(ways), "nd": ids, "tag": tags})
        else:
            node["tag"].update(tags)
    return ([{"type": "node", "action": "create", "data": node} for node in nodes.values()] +
            [{"type": "way", "action": "create", "data": way} for way in ways])


def main():
    url, token, path = sys.argv[1:]
    session = TokenSession()
    session.token = token
    with open(path, encoding="utf-8") as file:
        items = changes(json.load(file)["features"])
    api = osmapi.OsmApi(username="-", password="-", api=url, session=session)
    api.ChangesetCreate({"comment": "Benchmark"})
    api.ChangesetUpload(items)
    api.ChangesetClose()


main()
