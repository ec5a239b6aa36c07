"""What models learned comes back bit for bit, and a file that somebody touched is refused."""

import io
import json
import os
import pickle
import zipfile

import numpy as np
import pytest

from ml import evaluation, files, models
from tests.ml.worlds import checkerboard, snapshot


@pytest.fixture(scope="module")
def world():
    return snapshot(checkerboard())


@pytest.fixture(scope="module")
def data(world):
    return evaluation.split(world).data


@pytest.fixture(scope="module")
def fitted(data):
    return models.fit_all(data)


@pytest.fixture
def saved(world, fitted, monkeypatch, tmp_path):
    """Save the models of a run; return its folder and the sum that the warehouse would keep."""
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    return files.folder("toy", "run"), files.save(world, "run", models.learned(fitted))


def test_models_from_a_file_score_bit_for_bit_as_before(world, data, fitted, saved):
    again = models.using(data, files.load(world, "run", saved[1]))
    everybody = np.arange(40)
    for name, model in fitted.items():
        assert model.scores(everybody).tobytes() == again[name].scores(everybody).tobytes(), name
    before, after = (each["two_stage"].for_new.scores(everybody) for each in (fitted, again))
    assert before.tobytes() == after.tobytes()


def test_who_came_and_what_went_since_finds_its_place(fitted, saved):
    """A customer C999 came, C000 and P000 went: vectors stay with their ids."""
    other = snapshot(
        [(customer - 1, product - 1, day) for customer, product, day in checkerboard() if customer and product],
        customer_ids=[f"C{at:03}" for at in range(1, 40)] + ["C999"],
        product_ids=[f"P{at:03}" for at in range(1, 40)] + ["P998"],
    )
    found, before = files.load(other, "run", saved[1]), models.learned(fitted)
    vectors = found["als"]["customer_vectors"]
    assert (vectors[:39] == before["als"]["customer_vectors"][1:]).all() and not vectors[39].any()
    items = before["ease"]["items"]
    assert found["ease"]["items"].tolist() == [at - 1 if at else -1 for at in items.tolist()]
    again = models.using(evaluation.split(other).data, found)
    assert np.isfinite(again["two_stage"].scores(np.arange(40))).all()


def test_runs_that_are_no_longer_needed_are_removed(world, fitted, saved):
    files.save(world, "next", models.learned(fitted), kept=("run",))
    files.save(world, "last", models.learned(fitted), kept=("next",))
    assert sorted(path.name for path in files.folder("toy").iterdir()) == ["last", "next"]


def test_the_name_of_a_business_leads_out_of_no_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    assert files.folder("../../etc", "run").parent.parent == tmp_path / "models"


class Trap:
    def __reduce__(self):
        return os.mkdir, ("sprung",)


def rewritten(folder, change):
    """Change the arrays, and a manifest that says so: an attacker who can write both files."""
    with np.load(folder / files.ARRAYS) as file:
        arrays = dict(file)
    arrays = change(arrays) or arrays
    np.savez(folder / files.ARRAYS, **arrays)
    manifest = json.loads((folder / files.MANIFEST).read_text())
    manifest["sha256"] = files._sum(folder / files.ARRAYS)
    return manifest


def trusted(folder, manifest):
    """Return the sum of a manifest as if the warehouse had kept it: what is parsed must be refused all the same."""
    (folder / files.MANIFEST).write_text(json.dumps(manifest))
    return files._sum(folder / files.MANIFEST)


def a_pickle(folder, kept):
    manifest = rewritten(folder, lambda arrays: arrays | {"als/customer_vectors": np.array([Trap()], dtype=object)})
    return trusted(folder, manifest)


def a_pickle_instead_of_an_archive(folder, kept):
    (folder / files.ARRAYS).write_bytes(pickle.dumps(Trap()))
    manifest = json.loads((folder / files.MANIFEST).read_text())
    return trusted(folder, manifest | {"sha256": files._sum(folder / files.ARRAYS)})


def truncated(folder, kept):
    path = folder / files.ARRAYS
    path.write_bytes(path.read_bytes()[:-1000])
    return kept


def one_bit_turned(folder, kept):
    path = folder / files.ARRAYS
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return kept


def both_files_written_anew(folder, kept):
    trusted(folder, rewritten(folder, lambda arrays: arrays | {"als/customer_vectors": np.ones((40, 64), np.float32)}))
    return kept


def shapes_swapped(folder, kept):
    def change(arrays):
        arrays["ease/weights"], arrays["als/product_vectors"] = arrays["als/product_vectors"], arrays["ease/weights"]

    return trusted(folder, rewritten(folder, change))


def what_is_no_number(folder, kept):
    return trusted(folder, rewritten(folder, lambda arrays: arrays["ease/weights"].fill(np.nan)))


def an_array_missing(folder, kept):
    def change(arrays):
        del arrays["ease/items"]

    return trusted(folder, rewritten(folder, change))


def an_array_too_many(folder, kept):
    return trusted(folder, rewritten(folder, lambda arrays: arrays | {"../../../planted": np.ones(3)}))


def a_bomb(folder, kept):
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(2**24))
    with zipfile.ZipFile(folder / files.ARRAYS) as old:
        contents = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(folder / files.ARRAYS, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, buffer.getvalue() if name == "ease/weights.npy" else content)
    manifest = json.loads((folder / files.MANIFEST).read_text())
    return trusted(folder, manifest | {"sha256": files._sum(folder / files.ARRAYS)})


def the_manifest_of_another_run(folder, kept):
    manifest = json.loads((folder / files.MANIFEST).read_text())
    return trusted(folder, manifest | {"run_id": "other"})


def a_manifest_that_is_no_json(folder, kept):
    (folder / files.MANIFEST).write_text("{")
    return files._sum(folder / files.MANIFEST)


def a_link_to_elsewhere(folder, kept):
    (folder / files.ARRAYS).rename(folder.parent / "elsewhere")
    (folder / files.ARRAYS).symlink_to(folder.parent / "elsewhere")
    return kept


def nothing_at_all(folder, kept):
    (folder / files.ARRAYS).unlink()
    return kept


HOSTILE = [
    a_pickle,
    a_pickle_instead_of_an_archive,
    truncated,
    one_bit_turned,
    both_files_written_anew,
    shapes_swapped,
    what_is_no_number,
    an_array_missing,
    an_array_too_many,
    a_bomb,
    the_manifest_of_another_run,
    a_manifest_that_is_no_json,
    a_link_to_elsewhere,
    nothing_at_all,
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda each: each.__name__)
def test_a_hostile_file_is_refused_and_nothing_in_it_runs(world, saved, hostile, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kept = hostile(*saved)
    with pytest.raises(files.ModelFileError):
        files.load(world, "run", kept)
    assert not (tmp_path / "sprung").exists()
