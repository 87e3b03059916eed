"""A sample of the orders of a small world; ``make worlds`` lives through every one."""

import pytest

from local.small_worlds.kinds import KINDS
from local.small_worlds.orders import PRESSES, some_orders


@pytest.mark.parametrize("kind", KINDS)
def test_no_order_of_two_processes_and_a_person_breaks_anything(kind):
    for seed, press in enumerate(PRESSES):
        account = some_orders(KINDS[kind], press, count=8, seed=seed)

        assert account.orders == 8
        assert account.broken == []
