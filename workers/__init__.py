"""The Dramatiq side: actors, and what runs them.

`dramatiq workers` imports this package in each of its processes and then works for the broker that is set. Whoever
else imports it wants one of its modules, and gets no broker.
"""

import sys

if "dramatiq.cli" in sys.modules:
    from workers.command import connect_or_exit

    connect_or_exit()
