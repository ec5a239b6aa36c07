"""Make the deployment's own authority and PostgreSQL's certificate: `python deploy/certificates.py FOLDER HOST`.

Keeps what is there while it is valid for another month. The authority's key is thrown away once it has signed.
"""

import datetime as dt
import os
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LIFETIME, MARGIN = dt.timedelta(days=397), dt.timedelta(days=30)


def make(folder: Path, host: str) -> bool:
    """Write ca.crt, server.crt and server.key (0600) unless they serve on; say whether they are new."""
    if _serves_on(folder / "server.crt"):
        return False
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Huaxiang deployment")])
    authority = _certificate(name, name, authority_key.public_key(), authority_key, is_authority=True)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    server = _certificate(subject, name, server_key.public_key(), authority_key, host=host)
    pem = serialization.Encoding.PEM
    private = (pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write(folder / "server.key", server_key.private_bytes(*private), 0o600)
    _write(folder / "ca.crt", authority.public_bytes(pem), 0o644)
    _write(folder / "server.crt", server.public_bytes(pem), 0o644)
    return True


def _certificate(subject, issuer, public_key, signing_key, is_authority=False, host=None):
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder(issuer, subject, public_key, x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
        .add_extension(_usage(is_authority), critical=True)
    )
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(signing_key, hashes.SHA256())


def _usage(is_authority: bool) -> x509.KeyUsage:
    names = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign")
    others = dict.fromkeys((*names, "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(digital_signature=not is_authority, key_cert_sign=is_authority, **others)


def _serves_on(path: Path) -> bool:
    if not path.exists():
        return False
    until = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    return until - dt.datetime.now(dt.UTC) > MARGIN


def _write(path: Path, content: bytes, mode: int) -> None:
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    unfinished.rename(path)


if __name__ == "__main__":
    print("new certificates" if make(Path(sys.argv[1]), sys.argv[2]) else "the certificates serve on")
