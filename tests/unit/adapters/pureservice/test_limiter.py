"""The budget of requests a minute."""

from hypothesis import given
from hypothesis import strategies as st

from dispatch.adapters.pureservice.limiter import Limiter


class Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_whole_minute_s_budget_may_be_used_at_once_and_comes_back_as_it_was_used():
    time = Time()
    limiter = Limiter(3, monotonic=time)

    for _ in range(3):
        assert limiter.wait_seconds() == 0.0
        limiter.book()
        time.now += 1.0

    assert limiter.wait_seconds() == 57.0
    time.now += 57.0
    assert limiter.wait_seconds() == 0.0
    limiter.book()
    assert limiter.wait_seconds() == 1.0


def test_a_rest_that_the_server_asks_for_outweighs_a_free_budget():
    time = Time()
    limiter = Limiter(90, monotonic=time)

    limiter.rest(20.0)
    limiter.rest(5.0)

    assert limiter.wait_seconds() == 20.0
    time.now += 20.0
    assert limiter.wait_seconds() == 0.0


@given(st.integers(1, 20), st.lists(st.floats(0.0, 30.0), max_size=100))
def test_no_minute_ever_holds_more_than_the_budget(per_minute, pauses):
    time = Time()
    limiter = Limiter(per_minute, monotonic=time)
    made: list[float] = []

    for pause in pauses:
        time.now += pause
        time.now += limiter.wait_seconds()
        if limiter.wait_seconds() == 0.0:
            limiter.book()
            made.append(time.now)

    for moment in made:
        # A clock of floats: a minute may be an ulp short.
        assert sum(1 for other in made if moment <= other < moment + 59.999_999) <= per_minute
