"""The API over a small published world, asked through real HTTP."""

import httpx
import pytest

from tests.api import world


@pytest.fixture(scope="module")
def api(module_warehouse, tmp_path_factory):
    world.create(module_warehouse)
    with world.served(tmp_path_factory.mktemp("api")) as found:
        yield found


@pytest.fixture(scope="module")
def client(api, module_warehouse):
    headers = {"Authorization": f"Bearer {world.keys(module_warehouse)}"}
    with httpx.Client(base_url=api.url, headers=headers, timeout=20) as found:
        yield found
