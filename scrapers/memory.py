"""How much memory a crawl may take: that of its own process alone."""

import psutil
from scrapy.extensions.memusage import MemoryUsage


class OwnMemoryUsage(MemoryUsage):
    """Scrapy asks for ru_maxrss, which on Linux a process inherits from the greater one that started it."""

    def get_virtual_size(self) -> int:
        """Return the bytes that this process holds now."""
        return psutil.Process().memory_info().rss
