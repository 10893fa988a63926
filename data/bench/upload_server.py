#!/usr/bin/env python3
"""A Mapflow that takes images and keeps nothing of them: what upload.py sends to. Says its address, then one line for
each image: bytes of the body, and seconds from its first byte to its last."""
import json
import os
import re
import socket
import sys
import threading
import time

BUFFER = 1 << 20
MOSAIC = "6ee95ae6-f26e-41bd-8cb1-39bea545119f"
FREE = {"memoryLimit": None, "memoryUsed": 0, "memoryFree": None, "maxUploadFileSize": 1 << 40, "maxPixelCount": 65535}


def answer(connection, status, content):
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)


def read_head(connection):
    """The head of a request, and what came of its body along with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None, b""
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head.decode("latin-1"), rest


def swallow(connection, size, buffer):
    while size > 0:
        count = connection.recv_into(buffer, min(size, BUFFER))
        if count == 0:
            raise ConnectionError("cut off")
        size -= count


def serve_one(connection, buffer):
    head, rest = read_head(connection)
    if head is None:
        return False
    method, path = head.split()[:2]
    size = int((re.search(r"(?im)^content-length: *(\d+)", head) or ["", "0"])[1])
    if re.search(r"(?im)^expect: *100-continue", head):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    start = time.monotonic()
    swallow(connection, size - len(rest), buffer)
    if method == "POST" and path.endswith("/image"):
        print(size, time.monotonic() - start, flush=True)
        answer(connection, "200 OK", {"message": "Files successfully uploaded", "mosaic_id": MOSAIC})
    elif path.endswith("/rasters/memory"):
        answer(connection, "200 OK", FREE)
    elif path.endswith("/rasters/mosaic"):
        answer(connection, "200 OK", [{"id": MOSAIC, "name": "bench", "tags": []}])
    elif path.endswith("/image"):
        answer(connection, "200 OK", [])
    else:
        answer(connection, "200 OK", {"id": MOSAIC, "name": "bench"})
    return True


def serve(connection):
    buffer = bytearray(BUFFER)
    with connection:
        try:
            while serve_one(connection, buffer):
                pass
        except OSError:
            pass


def main():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}/rest", flush=True)
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()
