"""A bounded address space for each process, which notes its peak of resident memory when it ends.

Python loads this module by its name where its folder stands in PYTHONPATH. A parent's view (ru_maxrss of the child)
would begin at the parent's own size.
"""

import atexit
import os
import re
import resource
from pathlib import Path

LIMIT = int(os.environ["BOUNDED_MEBIBYTES"]) * 1024 * 1024
resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))


@atexit.register
def note():
    status = Path("/proc/self/status").read_text()
    with Path(os.environ["BOUNDED_PEAK"]).open("a") as file:
        file.write(re.search(r"VmHWM:\s+(\d+) kB", status)[1] + "\n")
