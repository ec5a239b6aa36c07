"""The deployment's PostgreSQL lets in who comes over TLS 1.3 with the right password, and nobody else.

The wheel's PostgreSQL has no OpenSSL: these tests run where the machine has another one (Debian's `postgresql`).
"""

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tests.api.world import free_port
from warehouse.connection import PROJECT

sys.path.insert(0, str(PROJECT / "deploy"))
import certificates  # noqa: E402

HOST = "localhost"
FOLDERS = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"))]
ROLE = "create role huaxiang login password 'right';\ncreate database huaxiang owner huaxiang;\n"


def with_tls():
    """The folder of a PostgreSQL that is built with OpenSSL, None where there is none."""
    for folder in FOLDERS:
        if (Path(folder) / "pg_config").exists() or (Path(folder) / "postgres").exists():
            linked = subprocess.run(["ldd", f"{folder}/postgres"], capture_output=True, text=True).stdout
            if "libssl" in linked:
                return Path(folder)
    return None


pytestmark = pytest.mark.skipif(with_tls() is None, reason="no PostgreSQL with OpenSSL here: apt install postgresql")


def as_nobody():
    """PostgreSQL refuses to run as root."""
    if os.geteuid():
        return {}
    account = pwd.getpwnam("nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}


def configured(folder, version):
    """Write the deployment's own settings with the paths and the memory of this machine; return the file."""
    text = (PROJECT / "deploy" / "postgres" / "postgresql.conf").read_text()
    text = text.replace("/certificates/", f"{folder}/").replace("/etc/postgresql/", f"{folder}/")
    if version < 18:  # before, it was on or off
        text = re.sub(r"log_connections = .*", "log_connections = on", text)
    shutil.copy(PROJECT / "deploy" / "postgres" / "pg_hba.conf", folder)
    here = (
        f"listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nshared_buffers = '32MB'\nport = {free_port()}\n"
    )
    (folder / "postgresql.conf").write_text(text + here)
    return folder / "postgresql.conf"


@pytest.fixture(scope="module")
def address():
    """How to reach a server with the deployment's settings, rules and certificates."""
    binaries, run = with_tls(), {"check": True, "capture_output": True, "text": True} | as_nobody()
    with tempfile.TemporaryDirectory(prefix="huaxiang-tls-") as name:
        folder, data = Path(name), Path(name) / "data"
        certificates.make(folder, HOST)
        version = int(subprocess.run([binaries / "postgres", "--version"], **run).stdout.split()[2].split(".")[0])
        settings = configured(folder, version)
        data.mkdir(mode=0o700)
        if not os.geteuid():
            for path in (folder, data, *folder.iterdir()):
                os.chown(path, as_nobody()["user"], as_nobody()["group"])
        subprocess.run([binaries / "initdb", "-D", data, "--username=postgres", "--auth=reject", "--no-sync"], **run)
        subprocess.run([binaries / "postgres", "--single", "-D", data, "postgres"], input=ROLE, **run)
        own = as_nobody()
        with (folder / "log").open("w") as log:
            command = [binaries / "postgres", "-D", data, "-c", f"config_file={settings}"]
            server = subprocess.Popen(command, stdout=log, stderr=log, **own)
        port = re.search(r"^port = (\d+)", settings.read_text(), re.M)[1]
        try:
            while "ready to accept connections" not in (folder / "log").read_text():
                assert server.poll() is None, (folder / "log").read_text()
                time.sleep(0.05)
            yield {
                "host": HOST,
                "hostaddr": "127.0.0.1",
                "port": port,
                "user": "huaxiang",
                "password": "right",
                "dbname": "huaxiang",
                "sslmode": "verify-full",
                "sslrootcert": str(folder / "ca.crt"),
            }
        finally:
            server.terminate()
            server.wait()


def test_who_verifies_the_server_gets_in_over_tls_and_scram(address):
    with psycopg.connect(**address) as connection:
        tls = connection.execute("select ssl, version from pg_stat_ssl where pid = pg_backend_pid()").fetchone()
        assert tls == (True, "TLSv1.3")
        assert connection.execute("show password_encryption").fetchone() == ("scram-sha-256",)


@pytest.mark.parametrize(
    "changed, reason",
    [
        ({"sslmode": "disable"}, "no pg_hba.conf entry .* no encryption"),
        ({"host": "postgres.example.org"}, "does not match host name"),
        ({"sslrootcert": "system"}, "certificate verify failed"),
        ({"ssl_max_protocol_version": "TLSv1.2"}, "protocol version"),
        ({"password": "wrong"}, "password authentication failed"),
        ({"password": ""}, "no password supplied"),
        ({"require_auth": "md5"}, "SASL|scram"),
        ({"user": "postgres"}, "no pg_hba.conf entry"),
        ({"dbname": "postgres"}, "no pg_hba.conf entry"),
    ],
)
def test_nobody_else_gets_in(address, changed, reason):
    with pytest.raises(psycopg.OperationalError, match=reason):
        psycopg.connect(**address | changed).close()
