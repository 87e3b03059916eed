"""``python -m dispatch``."""

import logging
import sys

from dispatch.cli import main

# What goes wrong is told by the commands themselves, in sentences.
logging.getLogger().setLevel(logging.CRITICAL)
sys.exit(main())
