"""`python -m identity_service` is `identity-service`."""

import sys

from identity_service.cli import main

sys.exit(main())
