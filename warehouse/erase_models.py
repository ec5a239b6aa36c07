"""Take people out of the files in which ml/ keeps what it learned: their id, and the row of them in each array."""

import hashlib
import json
import shutil
import zipfile
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from warehouse.connection import home


def forget(connection, business: str, customers: set[str]) -> Counter:
    """Empty the rows of these customers in every kept model of a business; return in how many each was.

    A file that cannot be read is removed: nobody could use it, and nobody knows whom it holds. A model that was being
    written when this was killed is refused by who loads it, as any that is not what `ml.runs` says.
    """
    found = Counter()
    for folder in sorted((home() / "models" / quote(business, safe="")).glob("*/")):
        try:
            found.update(_rewrite(connection, business, folder, customers))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            shutil.rmtree(folder)
    return found


def _rewrite(connection, business: str, folder: Path, customers: set[str]) -> set[str]:
    import numpy as np

    with np.load(folder / "learned.npz", allow_pickle=False) as file:
        arrays = dict(file)
    ids = arrays["customer_ids"].tolist()
    rows = [at for at, customer in enumerate(ids) if customer in customers]
    if not rows:
        return set()
    arrays["customer_ids"][rows] = ""
    for name, array in arrays.items():
        if name.partition("/")[2].split("_")[0] == "customer":
            array[rows] = 0
    unfinished = folder / "learned.npz.new"
    with unfinished.open("wb") as file:
        np.savez(file, **arrays)
    unfinished.rename(folder / "learned.npz")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["sha256"] = hashlib.sha256((folder / "learned.npz").read_bytes()).hexdigest()
    text = json.dumps(manifest, indent=1).encode()
    unfinished = folder / "manifest.json.new"
    unfinished.write_bytes(text)
    unfinished.rename(folder / "manifest.json")
    connection.execute(
        "update ml.runs set model_sha256 = %s where business = %s and run_id = %s and model_sha256 is not null",
        [hashlib.sha256(text).hexdigest(), business, folder.name],
    )
    return {ids[at] for at in rows}
