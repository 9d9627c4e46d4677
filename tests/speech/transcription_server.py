"""A server that speaks the OpenAI transcription API as far as it is told to, for tests."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = {
    "text": " Good morning, Acme.",
    "language": "english",
    "words": [
        {"word": "Good", "start": 0.1, "end": 0.3},
        {"word": "morning,", "start": 0.3, "end": 0.8},
        {"word": "Acme.", "start": 0.9, "end": 1.4},
    ],
    "segments": [{"start": 0.1, "end": 1.4, "text": " Good morning, Acme.", "avg_logprob": -0.2}],
}


@dataclass
class Asked:
    """One request as it came."""

    path: str
    authorization: str
    fields: dict[str, list[str]]
    audio: bytes


@dataclass
class Script:
    """What the server answers with, and what it was asked."""

    status: int = 200
    body: bytes = json.dumps(WORDS).encode()
    headers: dict[str, str] = field(default_factory=dict)
    held: threading.Event | None = None
    """Where given, nothing is answered before it is set."""
    transcribe: Callable[[Asked], dict[str, Any]] | None = None
    asked: list[Asked] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)
    """Set once something was asked."""
    url: str = ""

    def says(self, answer: object) -> None:
        """Answer with this from now on."""
        self.body = json.dumps(answer).encode()


@contextmanager
def serving(script: Script) -> Iterator[Script]:
    """Serve on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            script.asked.append(self._read())
            script.came.set()
            if script.held is not None:
                script.held.wait()
            body = script.body
            if script.transcribe is not None:
                body = json.dumps(script.transcribe(script.asked[-1])).encode()
            self.send_response(script.status)
            for name, value in script.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _read(self) -> Asked:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            form = BytesParser(EmailMessage, policy=HTTP).parsebytes(head + body)
            fields: dict[str, list[str]] = {}
            audio = b""
            for part in form.iter_parts():
                name = part.get_param("name", header="content-disposition")
                content = part.get_payload(decode=True)
                if name == "file":
                    audio = content
                else:
                    fields.setdefault(str(name), []).append(content.decode().strip())
            return Asked(self.path, self.headers.get("Authorization", ""), fields, audio)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            with suppress(ConnectionError, ValueError):  # whoever asked has gone
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        if script.held is not None:
            script.held.set()
        server.shutdown()
        server.server_close()
        thread.join()
