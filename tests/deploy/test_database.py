import shutil
import socket
import ssl
import sys
import threading

import psycopg
import pytest

from warehouse import embedded
from warehouse.connection import PROJECT

sys.path.insert(0, str(PROJECT / "deploy"))
import certificates  # noqa: E402

HOST = "localhost"


@pytest.fixture
def folder(tmp_path):
    assert certificates.make(tmp_path, HOST)
    return tmp_path


def handshake(folder, name):
    """Connect a client that verifies to a server with the deployment's certificate; return the TLS version."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "server.crt", folder / "server.key")
    client = ssl.create_default_context(cafile=folder / "ca.crt")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    ours, theirs = socket.socketpair()

    def answer():
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with client.wrap_socket(ours, server_hostname=name) as connection:
            return connection.version()
    finally:
        thread.join()


def test_a_client_that_verifies_trusts_the_server(folder):
    assert handshake(folder, HOST) == "TLSv1.3"


def test_a_server_of_another_name_is_refused(folder):
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(folder, "postgres.example.org")


def test_a_server_of_another_authority_is_refused(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    certificates.make(other, HOST)
    shutil.copy(other / "ca.crt", folder / "ca.crt")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(folder, HOST)


def test_only_the_owner_reads_the_key_and_the_authority_has_none(folder):
    assert (folder / "server.key").stat().st_mode & 0o777 == 0o600
    assert {path.name for path in folder.iterdir()} == {"ca.crt", "server.crt", "server.key"}


def test_certificates_that_serve_on_are_kept(folder):
    before = (folder / "server.crt").read_bytes()
    assert not certificates.make(folder, HOST)
    assert (folder / "server.crt").read_bytes() == before


def test_certificates_at_their_end_are_made_anew(folder, monkeypatch):
    monkeypatch.setattr(certificates, "MARGIN", certificates.LIFETIME)
    assert certificates.make(folder, HOST)


def test_postgresql_refuses_everyone_without_tls_whatever_the_password(server, warehouse, tmp_path):
    data = embedded.home() / "postgres" / "data"
    rules = data / "pg_hba.conf"
    kept = rules.read_text()
    warehouse.execute("create role huaxiang login password 'right'")
    try:
        rules.write_text((PROJECT / "deploy" / "postgres" / "pg_hba.conf").read_text())
        # This build of PostgreSQL has no TLS and says so of each `hostssl` line; any other complaint is a mistake.
        found = warehouse.execute("select type, auth_method, error from pg_hba_file_rules").fetchall()
        assert {method for _, method, _ in found if method} <= {"peer", "scram-sha-256"}
        assert all(error is None or "SSL is not supported" in error for _, _, error in found)
        warehouse.execute("select pg_reload_conf()")
        address = {"host": server["PGHOST"], "port": server["PGPORT"], "user": "huaxiang", "password": "right"}
        with pytest.raises(psycopg.OperationalError, match="no pg_hba.conf entry|invalid|could not load"):
            refused_within_seconds(address)
    finally:
        rules.write_text(kept)
        warehouse.execute("select pg_reload_conf()")
        warehouse.execute("drop role huaxiang")


def refused_within_seconds(address):
    """The reload reaches the postmaster a moment later: try until refused."""
    for _ in range(50):
        psycopg.connect(**address, dbname="huaxiang").close()
        threading.Event().wait(0.1)


def test_postgresql_knows_every_setting_of_the_deployment(warehouse):
    lines = (PROJECT / "deploy" / "postgres" / "postgresql.conf").read_text().splitlines()
    asked = {line.split(" = ")[0] for line in lines if " = " in line}
    known = {name for (name,) in warehouse.execute("select lower(name) from pg_settings")}
    assert asked - known == set()


def test_the_deployment_insists_on_tls_and_scram():
    text = (PROJECT / "deploy" / "postgres" / "postgresql.conf").read_text()
    assert "ssl = on" in text and "password_encryption = 'scram-sha-256'" in text
    rules = (PROJECT / "deploy" / "postgres" / "pg_hba.conf").read_text().split()
    assert not {"trust", "md5", "password", "host", "hostnossl"} & set(rules)
