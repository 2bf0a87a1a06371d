"""A model hub of our own on this machine, speaking as much of the Hugging Face hub's protocol as a download needs."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class HubHandler(BaseHTTPRequestHandler):
    """Serves ROOT/<owner>/<name>/<file> as /<owner>/<name>/resolve/main/<file>."""

    protocol_version = "HTTP/1.1"
    root: Path
    n_bytes_before_break: int | None = None
    ranges: list[str]

    def do_HEAD(self) -> None:
        self._answer(has_body=False)

    def do_GET(self) -> None:
        self._answer(has_body=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name of the base class
        pass

    def _answer(self, has_body: bool) -> None:
        owner_and_name, _, file = self.path.lstrip("/").partition("/resolve/main/")
        path = self.root / owner_and_name / file
        if not file or not path.is_file():
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"}, has_body)
            return
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        headers = {"ETag": f'"{digest}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if file.endswith(".safetensors"):
            headers |= {"X-Linked-ETag": f'"{digest}"', "X-Linked-Size": str(len(data))}
        asked = self.headers.get("Range")
        if asked is None or not has_body:
            self._send(200, data, headers, has_body)
            return
        type(self).ranges.append(asked)
        start = int(asked.removeprefix("bytes=").split("-")[0])
        headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._send(206, data[start:], headers, has_body)

    def _send(self, status: int, data: bytes, headers: dict[str, str], has_body: bool) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if not has_body:
            return
        cut = type(self).n_bytes_before_break
        if cut is not None and len(data) > cut:
            type(self).n_bytes_before_break = None
            self.wfile.write(data[:cut])
            self.wfile.flush()
            self.close_connection = True
            self.connection.close()
            return
        self.wfile.write(data)


@contextmanager
def running_hub(root: Path) -> Iterator[tuple[str, type[HubHandler]]]:
    """Yields the hub's address and its handler, whose attributes tell what was asked and what shall break."""
    handler = type("Handler", (HubHandler,), {"root": root, "ranges": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
