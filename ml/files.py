"""What models learned, kept in two files: arrays (NumPy's npz) and a manifest (JSON); never pickle.

The manifest says of each array its kind and shape and holds the SHA-256 of the arrays' file; the warehouse holds the
SHA-256 of the manifest (`ml.runs.model_sha256`). Nothing is parsed before its sum was found right, and nothing that is
parsed is believed before it is what the manifest says.
"""

import hashlib
import json
import os
import shutil
import zipfile
from pathlib import Path
from urllib.parse import quote

import numpy as np

from ml.models import Learned
from ml.snapshot import Snapshot
from warehouse.connection import home

ARRAYS, MANIFEST = "learned.npz", "manifest.json"
IDS = {"customer": "customer_ids", "product": "product_ids"}
LARGEST_MANIFEST, LARGEST_HEADER = 4 * 2**20, 4096  # bytes
KINDS = "fiuU"  # of NumPy: floats, integers, text


class ModelFileError(Exception):
    """A model's file is not what the run wrote; the message says what is wrong with it."""


def folder(business: str, run_id: str = "") -> Path:
    """Return where the models of a business lie, or those of one run."""
    return home() / "models" / quote(business, safe="") / run_id


def save(snapshot: Snapshot, run_id: str, learned: Learned, kept: tuple[str, ...] = ()) -> str:
    """Write what was learned for a run; remove all other runs of the business but `kept`; return the manifest's sum."""
    target = folder(snapshot.business, run_id)
    target.mkdir(parents=True, exist_ok=True)
    arrays = {name: np.array(getattr(snapshot, name)) for name in IDS.values()}
    arrays |= {f"{family}/{name}": array for family, found in learned.items() for name, array in found.items()}
    with _replacing(target / ARRAYS) as file:
        np.savez(file, **arrays)
    manifest = {
        "business": snapshot.business,
        "run_id": run_id,
        "sha256": _sum(target / ARRAYS),
        "arrays": {name: [array.dtype.str, list(array.shape)] for name, array in arrays.items()},
    }
    text = json.dumps(manifest, indent=1).encode()
    with _replacing(target / MANIFEST) as file:
        file.write(text)
    for other in folder(snapshot.business).iterdir():
        if other.name not in (run_id, *kept):
            shutil.rmtree(other)
    return hashlib.sha256(text).hexdigest()


def load(snapshot: Snapshot, run_id: str, sha256: str) -> Learned:
    """Return what a run's models learned, for the customers and products of `snapshot`.

    Who or what the models did not know has zeros in place of a vector, and no position among `items`.

    Raises:
        ModelFileError: a file is missing, or is not the one that was written.
    """
    source = folder(snapshot.business, run_id)
    try:
        manifest = _manifest(source / MANIFEST, sha256)
        if (manifest["business"], manifest["run_id"]) != (snapshot.business, run_id):
            raise ModelFileError("the manifest is another run's")
        arrays = _arrays(source / ARRAYS, manifest)
        return _aligned(arrays, snapshot)
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise ModelFileError(f"{type(error).__name__}: {error}") from error


def _manifest(path: Path, sha256: str) -> dict:
    if path.is_symlink() or path.stat().st_size > LARGEST_MANIFEST:
        raise ModelFileError("the manifest is no plain small file")
    text = path.read_bytes()
    if hashlib.sha256(text).hexdigest() != sha256:
        raise ModelFileError("the manifest is not the one that the run wrote")
    return json.loads(text)


def _arrays(path: Path, manifest: dict) -> dict[str, np.ndarray]:
    if path.is_symlink() or _sum(path) != manifest["sha256"]:
        raise ModelFileError("the arrays are not those that the run wrote")
    expected = manifest["arrays"]
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
    if entries.keys() != expected.keys():
        raise ModelFileError("the arrays are not those of the manifest")
    for name, (kind, shape) in expected.items():
        size = np.dtype(kind).itemsize * int(np.prod(shape, dtype=np.int64))
        if not size <= entries[name].file_size <= size + LARGEST_HEADER:
            raise ModelFileError(f"{name} is not as large as the manifest says")
    with np.load(path, allow_pickle=False) as file:
        found = {name: file[name] for name in expected}
    for name, array in found.items():
        if [array.dtype.str, list(array.shape)] != expected[name] or array.dtype.kind not in KINDS:
            raise ModelFileError(f"{name} has another kind or shape than the manifest says")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ModelFileError(f"{name} holds what is no finite number")
    return found


def _aligned(arrays: dict[str, np.ndarray], snapshot: Snapshot) -> Learned:
    """Move rows and positions from the ids of the file to those of the snapshot."""
    position = {}
    for kind, name in IDS.items():
        ids = getattr(snapshot, name)
        now = {identity: at for at, identity in enumerate(ids)}
        position[kind] = (
            np.array([now.get(identity, -1) for identity in arrays[name].tolist()], dtype=np.int64),
            len(ids),
        )
    learned: Learned = {}
    for name, array in arrays.items():
        family, _, what = name.partition("/")
        kind = what.split("_")[0]
        if what == "items":
            array = position["product"][0][array]
        elif kind in position:
            now, count = position[kind]
            moved = np.zeros((count, *array.shape[1:]), dtype=array.dtype)
            moved[now[now >= 0]] = array[now >= 0]
            array = moved
        if what:
            learned.setdefault(family, {})[what] = array
    return learned


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _replacing:
    """Open a new file that takes the place of `path` when it was written whole."""

    def __init__(self, path: Path):
        self.path, self.new = path, path.with_name(path.name + ".new")

    def __enter__(self):
        self.file = self.new.open("wb")
        return self.file

    def __exit__(self, kind, *_):
        self.file.close()
        if kind is None:
            os.replace(self.new, self.path)
