"""Bring Superset to what the files say: its tables, who logs in, the dashboards. Run by Superset's Python."""

import os
from pathlib import Path

from superset.app import create_app

with create_app().app_context():
    from flask_migrate import upgrade
    from superset import appbuilder, db, security_manager
    from superset.examples.utils import load_configs_from_directory
    from superset.models.dashboard import Dashboard
    from superset.utils.core import override_user

    upgrade()
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    name, password = os.environ["HUAXIANG_BI_USER"], os.environ["HUAXIANG_BI_PASSWORD"]
    if not security_manager.find_user(name):
        role = security_manager.find_role("Alpha")  # sees all and makes charts, but adds no database and no user
        security_manager.add_user(name, name.title(), "", f"{name}@localhost", role, password=password)
    assets = Path(os.environ["HUAXIANG_BI_ASSETS"])
    known = Dashboard.slug.in_([path.stem for path in (assets / "dashboards").glob("*.yaml")])
    for dashboard in db.session.query(Dashboard).filter(known):  # an import adds charts and takes none away
        dashboard.slices = []
    db.session.commit()
    with override_user(security_manager.find_user(name)):
        load_configs_from_directory(assets, overwrite=True)
