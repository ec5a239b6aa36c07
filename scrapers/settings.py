"""Scrapy's settings for every crawl; `delay_seconds` and `concurrency` of a source override the politeness here."""

BOT_NAME = "huaxiang"
USER_AGENT = "Huaxiang/0.1 (+https://github.com/huaxiang; the operator sets a contact in scrapers/settings.py)"
SPIDER_MODULES = ["scrapers.spiders"]
ITEM_PIPELINES = {"scrapers.pipelines.WarehousePipeline": 100}

# Polite unless the source says that the site is its own.
ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = 1.0
CONCURRENT_REQUESTS_PER_DOMAIN = 8
DOWNLOAD_TIMEOUT = 30
RETRY_TIMES = 3
RETRY_GIVE_UP_LOG_LEVEL = "WARNING"  # the spiders say which page that cannot be fetched is an error

# Safe: no local files, no remote control, verified TLS, no bombs.
DOWNLOAD_HANDLERS = {"file": None, "data": None, "s3": None, "ftp": None}
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024
DOWNLOAD_WARNSIZE = 8 * 1024 * 1024
MEMUSAGE_LIMIT_MB = 1024
MEMUSAGE_CHECK_INTERVAL_SECONDS = 5.0
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
HTTPERROR_ALLOW_ALL = False
COOKIES_ENABLED = False

LOG_LEVEL = "WARNING"
LOG_FORMAT = "%(levelname)s %(name)s: %(message)s"
LOGSTATS_INTERVAL = 0
