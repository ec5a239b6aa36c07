"""Personal data: encrypted at the door with AES-256-GCM, found again by a blind index, keyed outside the database.

What is of one person is encrypted under that person's key (`warehouse/subject_keys.py`), all else under the master key.

The master key is a file of 32 random bytes (`keys/master.key` in the home folder, or $HUAXIANG_KEY_FILE) that no
dump of the database holds. A ciphertext is: one byte of format version, 12 bytes of nonce, then what AES-GCM gives.
After `python -m warehouse rotate-keys` all that stood under the master key stands under the newest of `ring.json`
beside it: its format version is another, and four bytes say which key. Indexes and fingerprints stay the master key's.
"""

import hashlib
import hmac
import os
import secrets
import unicodedata
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from warehouse import key_ring
from warehouse.key_ring import key_file

FORMAT, OF_RING = b"\x01", b"\x02"
NONCE_BYTES = 12


class VaultError(Exception):
    """A key is missing or wrong; the message says which."""


def seal(cipher: AESGCM, value: bytes, place: str) -> bytes:
    """Return `value` encrypted for one place (table.column.subject); elsewhere it cannot be read."""
    nonce = os.urandom(NONCE_BYTES)
    return FORMAT + nonce + cipher.encrypt(nonce, value, place.encode())


def unseal(cipher: AESGCM, blob: bytes, place: str) -> bytes:
    """Return what `seal` was given for the same place.

    Raises:
        VaultError: another place, another key, or bytes that are no ciphertext.
    """
    nonce, sealed = blob[1 : 1 + NONCE_BYTES], blob[1 + NONCE_BYTES :]
    try:
        if blob[:1] != FORMAT:
            raise InvalidTag
        return cipher.decrypt(nonce, sealed, place.encode())
    except (InvalidTag, ValueError) as error:
        raise VaultError(f"cannot decrypt {place}: written with another key than {key_file()}") from error


def encrypt(value: bytes, place: str) -> bytes:
    """Return `value` encrypted under the master key: for what cannot be known to be of one person."""
    return _seal("encryption", value, place)


def decrypt(blob: bytes, place: str) -> bytes:
    """Return what `encrypt` was given for the same place.

    Raises:
        VaultError: another place, another key, or bytes that are no ciphertext.
    """
    return _unseal("encryption", blob, place)


def wrap(key: bytes, subject: bytes) -> bytes:
    """Return a person's key encrypted under the master key."""
    return _seal("wrapping", key, subject.hex())


def unwrap(blob: bytes, subject: bytes) -> bytes:
    """Return what `wrap` was given.

    Raises:
        VaultError: wrapped for another person or under another master key.
    """
    return _unseal("wrapping", blob, subject.hex())


def _seal(purpose: str, value: bytes, place: str) -> bytes:
    newest = key_ring.newest()
    if newest is None:
        return seal(_cipher(purpose), value, place)
    return OF_RING + newest + seal(_ring_cipher(purpose, newest), value, place)


def _unseal(purpose: str, blob: bytes, place: str) -> bytes:
    if blob[:1] != OF_RING:
        return unseal(_cipher(purpose), blob, place)
    number = blob[1 : 1 + key_ring.NUMBER_BYTES]
    try:
        cipher = _ring_cipher(purpose, number)
    except KeyError as error:
        raise VaultError(f"cannot decrypt {place}: its key is not in {key_ring.file()}") from error
    return unseal(cipher, blob[1 + key_ring.NUMBER_BYTES :], place)


def is_current(blob: bytes) -> bool:
    """Say whether something stands under the newest key."""
    newest = key_ring.newest()
    return blob[:1] == FORMAT if newest is None else blob.startswith(OF_RING + newest)


def index(kind: str, value: str) -> bytes:
    """Return the blind index of an e-mail, phone or handle: equal for equal normalised values, else telling nothing."""
    return hmac.digest(_key("index"), f"{kind}:{normalised(kind, value)}".encode(), "sha256")


def fingerprint(content: bytes) -> bytes:
    """Return 16 bytes that tell contents apart; keyed, so that nobody can guess personal content from it."""
    keyed = _fingerprints().copy()
    keyed.update(content)
    return keyed.digest()


@cache
def _fingerprints():
    return hashlib.blake2b(digest_size=16, key=_key("fingerprint"))


def derived(purpose: str) -> bytes:
    """Return a key of one purpose for a library that signs by itself; it tells nothing of the master key."""
    return _key(purpose)


def normalised(kind: str, value: str) -> str:
    """Return the form in which two spellings of one e-mail, phone, handle or account number are equal."""
    value = unicodedata.normalize("NFKC", value).strip().casefold()
    if kind == "phone":
        return "".join(sign for sign in value if sign.isdigit() or sign == "+")
    if kind == "account":
        return "".join(value.split())
    return value.removeprefix("@") if kind == "handle" else value


def create_key() -> None:
    """Write a new master key unless there is one; two at once agree on one."""
    path = key_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(32))
    try:
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()


@cache
def _key(purpose: str) -> bytes:
    """Derive the key of one purpose from the master key (HKDF, RFC 5869)."""
    path = key_file()
    if not path.exists():
        raise VaultError(f"no master key at {path}: `python -m warehouse migrate` creates one for a new warehouse")
    return _derived(path.read_bytes(), purpose)


def _derived(root: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=purpose.encode()).derive(root)


@cache
def _ring_cipher(purpose: str, number: bytes) -> AESGCM:
    return AESGCM(_derived(key_ring.key(number), purpose))


@cache
def _cipher(purpose: str) -> AESGCM:
    return AESGCM(_key(purpose))
