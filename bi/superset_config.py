"""What Superset is told at its start, by $SUPERSET_CONFIG_PATH; the rest are its own defaults."""

import os
from pathlib import Path

from superset.utils.log import AbstractEventLogger

FOLDER = Path(os.environ["SUPERSET_HOME"])
SECRET_KEY = (FOLDER / "secret_key").read_text()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{FOLDER / 'superset.db'}?timeout=30"

APP_NAME = "Huaxiang 画像"
THEME_DEFAULT = {
    "token": {
        "brandAppName": APP_NAME,
        "brandLogoAlt": APP_NAME,
        "brandLogoUrl": "/static/assets/images/superset-logo-horiz.png",
        "brandLogoHeight": "24px",
        "brandLogoMargin": "18px 0",
        "brandLogoHref": "/",
        "colorPrimary": "#1F6F78",
        "colorLink": "#1F6F78",
        "fontFamily": "Inter, Helvetica, Arial, 'Noto Sans CJK SC', 'WenQuanYi Zen Hei', sans-serif",
    },
    "algorithm": "default",
}
THEME_DARK = None
EXTRA_CATEGORICAL_COLOR_SCHEMES = [
    {
        "id": "huaxiang",
        "label": "Huaxiang",
        "isDefault": True,
        "colors": ["#1F6F78", "#E08E45", "#7A9E7E", "#B5446E", "#4D6CFA", "#C9B458", "#6C757D", "#2BB3A3", "#9B5DE5"],
    }
]

# Its pages load nothing from elsewhere and report to nobody.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,
    "session_cookie_secure": False,
}


class Silent(AbstractEventLogger):
    """Writes no log of requests: what was asked may name a customer, and an erasure does not reach Superset's file."""

    def log(self, *arguments, **named):
        """Write nothing."""


EVENT_LOGGER = Silent()
# Chosen filters live as long as the process, for the same reason; results are not cached at all.
FILTER_STATE_CACHE_CONFIG = {"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": 86_400}
EXPLORE_FORM_DATA_CACHE_CONFIG = FILTER_STATE_CACHE_CONFIG
