"""The time, as a port."""

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""Now, aware, in UTC."""
