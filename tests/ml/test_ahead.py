from threading import Event

import pytest

from ml.ahead import ahead


def test_the_next_result_is_worked_out_while_one_is_used_and_none_after_it():
    begun = [Event() for _ in range(4)]

    def double(item):
        begun[item].set()
        return 2 * item

    results = ahead(double, range(4))
    assert next(results) == 0
    assert begun[1].wait(10) and not begun[2].is_set()
    assert list(results) == [2, 4, 6]


def test_what_goes_wrong_is_raised_in_its_turn():
    results = ahead(lambda item: 1 / item, [1, 0, 2])
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_of_nothing_comes_nothing():
    assert list(ahead(str, [])) == []
