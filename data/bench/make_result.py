#!/usr/bin/env python3
"""Writes a Mapflow result of about so many megabytes to standard output: buildings as the real service writes them."""
import random
import sys

SHAPES = ("RECTANGLE", "L-SHAPE", "GRID_SNAP", "OSM", "CIRCLE")


def building(chance, number):
    x, y = 37 + chance.random(), 55 + chance.random()
    width, height = chance.random() * 0.0003, chance.random() * 0.0002
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    if number % 5 == 0:  # an L has two more
        corners[3:] = [(x + width / 2, y + height), (x + width / 2, y + height / 2), (x, y + height / 2)]
    ring = ",".join(f"[{a!r},{b!r}]" for a, b in corners + corners[:1])
    return ('{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[%s]]},"properties":{"id":%d,"area":%d,'
            '"object_type":"building","class_id":"%d","shape_type":"%s","simplification_confidence_score":%r,'
            '"building_height":%r,"GAN":"False","processing_date":"2026-02-10"}}'
            % (ring, 256899 + number, chance.randrange(10, 2000), chance.randrange(101, 106), chance.choice(SHAPES),
               chance.random(), round(chance.random() * 30, 2)))


def main():
    size, number, chance = int(sys.argv[1]) * 1000000, 0, random.Random(1)
    written = sys.stdout.write('{"type":"FeatureCollection","name":"Downtown Buildings","features":[\n')
    while written < size:
        written += sys.stdout.write((",\n" if number else "") + building(chance, number))
        number += 1
    sys.stdout.write("]}\n")


if __name__ == "__main__":
    main()
