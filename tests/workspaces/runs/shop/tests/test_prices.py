"""Tests as people write them, of each kind."""

import unittest

import pytest

from prices import Cart


def helper():
    return [1, 2]


@pytest.mark.parametrize("tax", [0.0, 0.2])
def test_total(tax):
    assert Cart.total(helper(), tax) == 3 * (1 + tax)


async def test_later():
    pass


class TestSale:
    def test_half(self):
        assert True

    def price(self):
        return 1

    class TestNested:
        def test_inner(self):
            assert True


class TestMade:
    def __init__(self):
        self.made = True

    def test_never(self):
        raise AssertionError


class Old(unittest.TestCase):
    def test_old(self):
        self.assertTrue(True)
