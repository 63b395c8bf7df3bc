"""What a process loads before it serves: each package costs every start of it."""

import subprocess
import sys

LOADED = "import sys, identity_service.cli.dev; print(*sys.modules)"
HEAVY = {"alembic", "httpx", "limits", "psycopg", "redis", "urllib3"}
"""What only some configurations need: other databases, brokers and senders than the embedded ones, or a migration."""


def test_the_embedded_service_loads_nothing_that_only_others_need():
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, timeout=60)
    assert HEAVY & set(loaded.stdout.split()) == set()
