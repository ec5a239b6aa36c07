"""The public data sets that stand beside the project; tests that use one are skipped, and say so, where it is not."""

import pytest

from warehouse.connection import PROJECT

SHARED = PROJECT.parent / "shared" / "data"


def needs(name):
    """Return the mark of a test on one of the data sets."""
    return pytest.mark.skipif(
        not (SHARED / name).exists(), reason=f"the public data set {name} is not in ../shared/data"
    )
