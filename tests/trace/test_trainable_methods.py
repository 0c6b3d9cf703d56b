"""Methods whose code is trainable: what their class gives them stays."""

from __future__ import annotations

import pytest

from trace_lsp.trace import ExecutionError, bundle


def changed(function, text: str):
    function.parameter.update(text)
    return function


class Account:
    __fee = 1
    bonus = 100

    def __init__(self, balance):
        self.__balance = balance

    def worth(self):
        return self.__balance

    @bundle(trainable=True)
    def after(self, amount, extra=bonus):
        """What is left."""
        return self.__balance - amount - self.__fee

    @bundle(trainable=True)
    def worth_twice(self):
        return 2 * self.worth()

    @bundle(trainable=True)
    def __hidden(self):
        return self.__balance

    def hidden(self):
        return self.__hidden


class Savings(Account):
    def worth(self):
        return 1000

    @bundle(trainable=True)
    def worth_twice(self):
        return super().worth_twice().data + 1

    @bundle(trainable=True)
    def plain(self):
        return 0


def worth(account):
    return -1


def restored(*functions):
    """The functions' own code comes back after a test has changed it."""
    for function in functions:
        function.parameter.update(function._code.definition.source)


def test_methods_with_private_names() -> None:
    after = Account.after
    assert Account(10).after(4).data == 5
    changed(
        after,
        "def after(self, amount, extra=bonus):\n"
        "    return (self.__balance, amount, extra, Account.__fee)",
    )
    result = Account(10).after(4)
    assert result.data == (10, 4, 100, 1)
    assert list(result.inputs) == ["self", "amount", "extra", "__code"]
    restored(after)


def test_a_private_method() -> None:
    account = Account(10)
    assert account.hidden()().data == 10
    changed(account.hidden(), "def __hidden(self):\n    return self.__balance + 1")
    assert account.hidden()().data == 11
    restored(account.hidden())


def test_super_in_methods() -> None:
    savings = Savings(5)
    assert savings.worth_twice().data == 2001
    changed(
        Savings.worth_twice, "def worth_twice(self):\n    return super().worth_twice().data + 2"
    )
    assert savings.worth_twice().data == 2002
    changed(Savings.plain, "def plain(self):\n    return super().worth() + __class__.bonus")
    assert savings.plain().data == 105
    restored(Savings.worth_twice, Savings.plain)


def test_a_methods_name_is_not_in_its_own_sight() -> None:
    changed(Savings.plain, "def plain(self):\n    return worth(self)")
    assert Savings(1).plain().data == -1
    text = "def worth_twice(self):\n    return worth_twice(self)"
    changed(Account.worth_twice, text)
    with pytest.raises(ExecutionError, match="NameError"):
        Account(1).worth_twice()
    restored(Savings.plain, Account.worth_twice)
