"""nginx with TLS, in a folder of its own, with a certificate of an authority made for the test."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import trustme

from tests.infrastructure.programs import find
from tests.infrastructure.servers import free_port, port_open, running

CONFIG = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} {listen};
    server_name localhost;
    {tls}
    {locations}
  }}
}}
"""

TLS = """
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.pem;
    ssl_protocols {protocols};
    ssl_ciphers {ciphers};
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    url: str
    ca_file: str


@contextmanager
def nginx(
    *,
    locations: str = "location / { return 200 'welcome'; }",
    expires: datetime | None = None,
    host: str = "localhost",
    protocols: str = "TLSv1.2 TLSv1.3",
    ciphers: str = "HIGH",
    is_plain: bool = False,
) -> Iterator[Nginx]:
    """An nginx at https://localhost, or without TLS at http://127.0.0.1 when `is_plain`. `host` is the name in the
    certificate, `expires` its last moment.
    """
    program = find("nginx")
    assert program, 'mark the test with needs("nginx")'
    with tempfile.TemporaryDirectory(prefix="readiness-nginx-") as name:
        folder, port = Path(name), free_port()
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        certificate = authority.issue_cert(host, not_after=expires)
        certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
        # Started by root, its worker would otherwise be somebody who can't read the folder.
        user = "user root;" if os.geteuid() == 0 else ""
        tls = "" if is_plain else TLS.format(folder=folder, protocols=protocols, ciphers=ciphers)
        listen = "" if is_plain else "ssl"
        config = CONFIG.format(user=user, folder=folder, port=port, listen=listen, tls=tls, locations=locations)
        (folder / "nginx.conf").write_text(config)
        command = [program, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"]
        with running(command, answers=port_open(port)):
            where = f"http://127.0.0.1:{port}" if is_plain else f"https://localhost:{port}"
            yield Nginx(where, str(folder / "ca.pem"))
