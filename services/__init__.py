"""The business: rules and records, with no knowledge of HTTP, queues or HTML."""

import os

os.environ.setdefault("PICCOLO_CONF", "services.kernel.piccolo_conf")
