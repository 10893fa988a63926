"""What users do with Mapflow, as jobs that can be done again: each says what it did and is judged by what the sandbox
has afterwards."""
import json
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "driver"))
from mapflow_support import ARCHIVE, IMAGE, MOSAIC, TOKEN, URBAN, processing  # noqa: E402
from support import BUILD, Sandbox, gdal, layer_of, ogr, options, osr  # noqa: E402

MOST = 12  # credits of one run
AREA = "7.07,49.31,7.08,49.32"
PROCESS = ("process", "--model", "buildings", "--bbox", AREA, "--provider", "mapbox", "--name", "Faulty", "--max-cost", MOST)
SQUARE = "POLYGON((7.07 49.31,7.08 49.31,7.08 49.32,7.07 49.32,7.07 49.31))"
SETTINGS = {"MAPFLOW_TOKEN": TOKEN, "MAPFLOW_POLL": "0.01", "MAPFLOW_MAX_WAIT": "0", "MAPFLOW_SETTLE": "0.1",
            "MAPFLOW_KEEP": "0"}


class Desk:
    """A server, a folder, and the programs of a user."""

    def __init__(self, folder):
        self.folder, self.sandbox = pathlib.Path(folder), Sandbox()
        self.url = self.sandbox.url + "/rest"
        self.output = self.folder / "out.gpkg"
        self.settings = SETTINGS
        self.raster = self.folder / "ortho.tif"
        self.make_raster()

    def make_raster(self):
        raster = gdal.GetDriverByName("GTiff").Create(str(self.raster), 64, 64, 3, gdal.GDT_Byte)
        crs = osr.SpatialReference()
        crs.ImportFromEPSG(32631)
        raster.SetProjection(crs.ExportToWkt())
        raster.SetGeoTransform((500000, 0.5, 0, 4649776, 0, -0.5))
        raster.WriteRaster(0, 0, 64, 64, bytes(range(1, 193)) * 64)

    def reset(self, job):
        self.sandbox.call("PUT", "/sandbox/reset")
        if job.wishes:
            self.sandbox.call("PUT", "/sandbox/mapflow?" + job.wishes)
        self.output.unlink(missing_ok=True)

    def ask(self, path):
        """What the server has there; None when there is nothing."""
        request = urllib.request.Request(f"{self.url}/{path}", headers={"Authorization": "Basic " + TOKEN})
        try:
            with urllib.request.urlopen(request) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def state(self, job):
        """What was done on the server, and what the job has looked at."""
        self.sandbox.settle()
        told = json.loads(self.sandbox.call("GET", "/sandbox/mapflow"))
        found = {f"{kind} made": count for kind, count in told["created"].items()}
        found |= {name: told[name] for name in ("started", "restarted", "spent")}
        found["uploads"] = sorted((upload["name"], upload["size"], upload["sha1"]) for upload in told["uploads"])
        found["looked at"] = job.look(self) if job.look else None
        return found

    def execute(self, program, *arguments):
        """Whether it ended well, and what it said."""
        environment = os.environ | self.settings | {"MAPFLOW_URL": self.url}
        done = subprocess.run([str(program), *map(str, arguments)], env=environment, stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=100, check=False)
        return done.returncode == 0, done.stdout + done.stderr

    def osmflow(self, *arguments):
        return self.execute(BUILD / "bin" / "osmflow", *arguments)

    def edit(self, path, change, *open_options):
        """An edit of a layer in this process."""
        try:
            with options(MAPFLOW_URL=self.url, **self.settings):
                dataset = gdal.OpenEx("MAPFLOW:" + path, gdal.OF_VECTOR | gdal.OF_UPDATE, open_options=list(open_options))
                change(layer_of(dataset))
            return True, ""
        except (RuntimeError, LookupError) as error:
            return False, str(error)

    def count_written(self):
        """How many features are in the file; None: there is no file."""
        if not self.output.exists():
            return None
        dataset = gdal.OpenEx(str(self.output), gdal.OF_VECTOR)
        return [dataset.GetLayer(i).GetFeatureCount() for i in range(dataset.GetLayerCount())]


class Job:
    """`do`: does it on a desk, the same each time. `look`: more of the server's state than is counted. `makes`: doing it
    twice would make two, so a doubt is told. `writes`: a file; `whole`: never a part of it, or it does not exist.
    `wishes`: of the sandbox. `deletes`: doing it again may find nothing. `runs`: what was started is gone on with by
    `osmflow process --resume`."""

    def __init__(self, name, do, look=None, wishes="", makes=False, writes=False, whole=False, deletes=False,
                 runs=False):
        self.name, self.do, self.look, self.wishes = name, do, look, wishes
        self.makes, self.writes, self.whole, self.deletes, self.runs = makes, writes, whole, deletes, runs


def feature_where(layer, column, value):
    layer.ResetReading()
    for feature in layer:
        if feature[column] == value:
            return feature
    raise LookupError(f"no {column} is {value}")


def creates(name, **fields):
    def change(layer):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature["name"] = name
        for column, value in fields.items():
            feature[column] = value
        if fields:
            feature.SetGeometry(ogr.CreateGeometryFromWkt(SQUARE))
        layer.CreateFeature(feature)
    return change


def sets(key, column, value):
    def change(layer):
        feature = feature_where(layer, "id", key)
        feature[column] = value
        layer.SetFeature(feature)
    return change


def deletes(key):
    return lambda layer: layer.DeleteFeature(feature_where(layer, "id", key).GetFID())


def member(path, name):
    """What one object is called, or whether it is gone."""
    def look(desk):
        found = desk.ask(path)
        return found[name] if found else None
    return look


def names(path):
    return lambda desk: sorted(item.get("name") or item.get("filename") for item in desk.ask(path))


def written(program, *arguments):
    def do(desk):
        words = [desk.output if word is None else word for word in arguments]
        desk.output.unlink(missing_ok=True)
        return desk.execute(program, *words)
    return do


def osmflow(*arguments):
    return lambda desk: desk.osmflow(*[desk.output if word is None else word for word in arguments])


def edit(path, change, *open_options):
    return lambda desk: desk.edit(path, change, *open_options)


def listed(*arguments):
    """A listing must be whole: its lines are counted."""
    def do(desk):
        fine, said = desk.osmflow("mapflow", "list", *arguments)
        desk.lines = said.count("\n") if fine else None
        return fine, said
    return do


FOREST, FAILED = processing("08"), processing("03")
RUN = {"model": "buildings", "provider": "Mapbox", "zoom": 18}
PROJECT_NAME = member(f"projects/{URBAN}", "name")
READING = [
    Job("list projects", listed("projects"), look=lambda desk: desk.lines, wishes="projects=30"),
    Job("list processings", listed("processings", ARCHIVE), look=lambda desk: desk.lines),
    Job("projects to GPKG", written("ogr2ogr", "-f", "GPKG", None, "MAPFLOW:projects"), writes=True),
    Job("processings to GPKG", written("ogr2ogr", "-f", "GPKG", None, f"MAPFLOW:projects/{ARCHIVE}/processings"), writes=True),
    Job("status", osmflow("mapflow", "status")),
    Job("user/status to GPKG", written("ogr2ogr", "-f", "GPKG", None, "MAPFLOW:user/status"), writes=True),
    Job("result to GPKG", written("ogr2ogr", "-f", "GPKG", None, f"MAPFLOW:processings/{FOREST}/result"), writes=True,
        wishes=f"result={FOREST}&features=3000&kind=buildings"),
    Job("merged results", written("ogr2ogr", "-f", "GPKG", None, f"MAPFLOW:projects/{URBAN}/results"), writes=True),
]
CHANGING = [
    Job("create project", osmflow("mapflow", "create", "project", "New"), names("projects"), makes=True),
    Job("create project in a layer", edit("projects", creates("New")), names("projects"), makes=True),
    Job("rename project", osmflow("mapflow", "rename", "project", URBAN, "Other"), PROJECT_NAME),
    Job("rename project in a layer", edit("projects", sets(URBAN, "name", "Other")), PROJECT_NAME),
    Job("delete project", osmflow("mapflow", "delete", "project", URBAN, "--yes"), PROJECT_NAME, deletes=True),
    Job("delete project in a layer", edit("projects", deletes(URBAN), "DELETE=YES"), PROJECT_NAME, deletes=True),
    Job("create mosaic", osmflow("mapflow", "create", "mosaic", "New", "--tag", "a"), names("rasters/mosaic"), makes=True),
    Job("create mosaic in a layer", edit("rasters/mosaic", creates("New")), names("rasters/mosaic"), makes=True),
    Job("tag mosaic", osmflow("mapflow", "tag", "mosaic", MOSAIC, "b"), member(f"rasters/mosaic/{MOSAIC}", "tags")),
    Job("rename mosaic in a layer", edit("rasters/mosaic", sets(MOSAIC, "name", "Other")), member(f"rasters/mosaic/{MOSAIC}", "name")),
    Job("delete mosaic", osmflow("mapflow", "delete", "mosaic", MOSAIC, "--yes"), names("rasters/mosaic"), deletes=True),
    Job("delete mosaic in a layer", edit("rasters/mosaic", deletes(MOSAIC), "DELETE=YES"), names("rasters/mosaic"), deletes=True),
    Job("rename image", osmflow("mapflow", "rename", "image", IMAGE, "x.tif"), member(f"rasters/image/{IMAGE}", "filename")),
    Job("rename image in a layer", edit(f"rasters/mosaic/{MOSAIC}/image", sets(IMAGE, "filename", "x.tif")),
        member(f"rasters/image/{IMAGE}", "filename")),
    Job("delete image", osmflow("mapflow", "delete", "image", IMAGE, "--yes"), member(f"rasters/image/{IMAGE}", "filename"),
        deletes=True),
    Job("delete image in a layer", edit(f"rasters/mosaic/{MOSAIC}/image", deletes(IMAGE), "DELETE=YES"),
        member(f"rasters/image/{IMAGE}", "filename"), deletes=True),
    Job("rename processing", osmflow("mapflow", "rename", "processing", FOREST, "Other"), member(f"processings/{FOREST}/v2", "name")),
    Job("rename processing in a layer", edit(f"projects/{URBAN}/processings", sets(FOREST, "name", "Other")),
        member(f"processings/{FOREST}/v2", "name")),
    Job("move processing", osmflow("mapflow", "move", "processing", FOREST, ARCHIVE), member(f"processings/{FOREST}/v2", "projectId")),
    Job("delete processing", osmflow("mapflow", "delete", "processing", FOREST, "--yes"),
        member(f"processings/{FOREST}/v2", "name"), deletes=True),
    Job("delete processing in a layer", edit(f"projects/{URBAN}/processings", deletes(FOREST), "DELETE=YES"),
        member(f"processings/{FOREST}/v2", "name"), deletes=True),
    Job("restart", osmflow("mapflow", "restart", FAILED), makes=True),
    Job("link image", osmflow("mapflow", "link", MOSAIC, "s3://bucket/linked.tif"), names(f"rasters/mosaic/{MOSAIC}/image"),
        makes=True),
]
SPENDING = [
    Job("process", osmflow(*PROCESS), makes=True, runs=True),
    Job("process and wait", osmflow(*PROCESS, "--wait"), makes=True, runs=True, wishes="finish_after=2"),
    Job("process to a file", osmflow(*PROCESS, "-o", None), makes=True, runs=True, writes=True, whole=True,
        wishes="finish_after=2"),
    Job("process in a layer", edit(f"projects/{URBAN}/processings", creates("Faulty", **RUN), "RUN=YES", f"MAX_COST={MOST}"),
        makes=True),
    Job("too dear", osmflow(*PROCESS[:-1], MOST - 0.5)),
    Job("too dear in a layer", edit(f"projects/{URBAN}/processings", creates("Faulty", **RUN), "RUN=YES", "MAX_COST=11.5")),
]
UPLOADING = [
    Job("upload into a new mosaic", lambda desk: desk.execute(
        "gdal_translate", "-q", "-of", "MAPFLOW", desk.raster, "MAPFLOW:rasters/mosaic/image?name=New"), names("rasters/mosaic")),
    Job("upload and wait", lambda desk: desk.execute(
        "gdal_translate", "-q", "-of", "MAPFLOW", "-co", "WAIT=YES", desk.raster, f"MAPFLOW:rasters/mosaic/{MOSAIC}/image"),
        names(f"rasters/mosaic/{MOSAIC}/image")),
]
JOBS = {job.name: job for job in READING + CHANGING + SPENDING + UPLOADING}
TOO_DEAR = ("too dear", "too dear in a layer")
