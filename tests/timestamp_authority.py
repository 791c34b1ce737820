"""A real RFC 3161 authority for the tests: openssl behind a loopback HTTP server, with certificates of its own."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[stamper]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = authority
[authority]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/stamper.pem
certs = {folder}/ca.pem
signer_key = {folder}/stamper.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Where it listens, and what to trust it by."""

    url: str
    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"


def openssl(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=True)
    return done.stdout


def certificates(folder: Path) -> None:
    """An authority's own, and that of the key with which it stamps."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openssl.cnf").write_text(CONFIG.format(folder=folder), encoding="utf-8")
    (folder / "serial").write_text("01\n", encoding="utf-8")
    new = ("req", "-config", "openssl.cnf", "-newkey", "rsa:2048", "-nodes")
    openssl(
        *(folder, *new, "-x509", "-days", "30", "-extensions", "ca", "-subj", "/CN=Test authority"),
        *("-keyout", "ca.key", "-out", "ca.pem"),
    )
    openssl(folder, *new, "-subj", "/CN=Test stamper", "-keyout", "stamper.key", "-out", "stamper.csr")
    openssl(
        *(folder, "x509", "-req", "-in", "stamper.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"),
        *("-days", "30", "-extfile", "openssl.cnf", "-extensions", "stamper", "-out", "stamper.pem"),
    )


@contextmanager
def authority(folder: Path, answer: bytes | None = None, status: int = 200) -> Iterator[Authority]:
    """Serves stamps; or this answer, whatever is asked."""
    certificates(folder)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = answer if answer is not None else self._reply(query)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _reply(self, query: bytes) -> bytes:
            (folder / "query.tsq").write_bytes(query)
            return openssl(folder, "ts", "-reply", "-config", "openssl.cnf", "-queryfile", "query.tsq")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Authority(url=f"http://127.0.0.1:{server.server_address[1]}/tsa", folder=folder)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
