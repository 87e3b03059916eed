"""What a start imports ahead is named by strings: a module that is renamed or added must not be forgotten there."""

import inspect
import re
from importlib.util import find_spec

import pytest

from dispatch.wiring.transports import OPENERS
from dispatch.wiring.warming import NEEDED


@pytest.mark.parametrize("name", NEEDED)
def test_what_a_start_imports_ahead_can_be_imported(name: str):
    assert find_spec(name) is not None


@pytest.mark.parametrize("transport", OPENERS)
def test_every_transport_of_mail_is_imported_ahead(transport):
    """Else its first letter waits for it, in a batch that holds a lease."""
    (vendor,) = re.findall(r"from (dispatch\.adapters\.\w+) import", inspect.getsource(OPENERS[transport]))

    assert any(f"{name}.".startswith(f"{vendor}.") for name in NEEDED)
