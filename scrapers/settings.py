"""Scrapy's settings for every crawl; scrapers/politeness.py adds what a source says of itself."""

BOT_NAME = "huaxiang"
USER_AGENT = "Huaxiang/0.1"
ROBOTSTXT_USER_AGENT = "Huaxiang"
SPIDER_MODULES = ["scrapers.spiders"]
CONCURRENT_ITEMS = 1  # of one response: a long page is stored batch by batch, never held whole
ITEM_PIPELINES = {"scrapers.pipelines.WarehousePipeline": 100}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapers.network.AllowedHosts": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapers.robots.Robots": 100,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapers.politeness.PatientRetry": 550,
}

# Polite unless the source says that the site is its own. Jitter would make half of the gaps shorter than the delay.
ROBOTSTXT_OBEY = True
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_TIMEOUT = 30
RETRY_TIMES = 3
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # the spider says whether it matters

# Safe: public addresses, no local files, no remote control, verified TLS, no bombs. A proxy would resolve names itself.
TWISTED_DNS_RESOLVER = "scrapers.network.GuardedResolver"
HTTPPROXY_ENABLED = False
DOWNLOAD_HANDLERS = {
    "http": "scrapers.handler.BoundedHandler",
    "https": "scrapers.handler.BoundedHandler",
} | dict.fromkeys(("file", "data", "s3", "ftp"))
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 2 * 1024 * 1024
EXTENSIONS = {"scrapy.extensions.memusage.MemoryUsage": None, "scrapers.memory.OwnMemoryUsage": 0}
MEMUSAGE_LIMIT_MB = 1024
MEMUSAGE_CHECK_INTERVAL_SECONDS = 5.0
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
HTTPERROR_ALLOW_ALL = False
COOKIES_ENABLED = False

LOG_LEVEL = "WARNING"
LOG_FORMAT = "%(levelname)s %(name)s: %(message)s"
LOGSTATS_INTERVAL = 0
