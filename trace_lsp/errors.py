"""Every error a person can meet, as one tree.

    TraceLspError
    ├── SourceError           the text of a program
    │   ├── NotParsable           it is not Python
    │   ├── NoTrainable           nothing in it may change
    │   ├── UnknownTrainable      no trainable of that name
    │   └── StaleText             it changed since it was traced
    ├── RunError              the program while it runs
    │   ├── InterpreterMissing    no Python to run it with
    │   ├── LaunchError           a run that is written down cannot be started as it is written
    │   ├── UnknownVariable       a ${variable} that nobody here knows
    │   ├── ChoiceNotKept         which run was chosen could not be remembered
    │   ├── RunFailed             it ended so that there is nothing to go on
    │   └── NothingRecorded       it ended well, but the trainable was never called
    ├── ModelError            the model that was asked
    │   ├── NoModel               what is configured is not whole
    │   │   └── NoneConfigured        nothing is
    │   ├── ModelUnreachable      no answer from its address
    │   ├── ModelTimedOut         no answer in time
    │   ├── KeyRefused            the endpoint refused the key
    │   ├── RateLimited           too many requests; `retry_after` seconds
    │   ├── ModelRejected         the endpoint refused the request
    │   │   └── ContextTooLong        it is more than the model can read at once
    │   ├── BudgetSpent           the question may cost more than is left; it was not sent
    │   ├── ScriptEnded           a scripted model has no reply left
    │   ├── NotRecorded           a recorded model was never asked this
    │   └── CassetteDamaged       the file of a recorded model cannot be used
    ├── ProblemTooLarge       what a model must be shown does not fit into the budget
    ├── NothingFound          a search tried, and found nothing better
    ├── ReplyRefused          the model answered, and the answer cannot be used
    ├── FeedbackUnclear       a search cannot tell from it what is better
    ├── EditRefused           an edit was not applied, by the editor or by the person
    ├── HistoryError          the file of what was tried; all else works without it
    │   ├── HistoryDamaged        it is not what was written
    │   ├── HistoryTooNew         a later version wrote it
    │   └── HistoryUnavailable    it cannot be read or written at the moment
    ├── UnknownEntry          nothing of that name is in the history
    ├── Cancelled             a person ended it
    └── WireError             the child spoke in a way that cannot be understood

Each message says what happened, where, and what to do about it. `kind` is the name that
``--json`` output and the language server's results carry; it never changes with the wording.
"""

from __future__ import annotations

from typing import Optional


class TraceLspError(Exception):
    """Base of everything this package raises for a person to read."""

    @property
    def kind(self) -> str:
        """The error's stable name: its class name with a small first letter."""
        name = type(self).__name__
        return name[0].lower() + name[1:]

    @property
    def message(self) -> str:
        return str(self)


class SourceError(TraceLspError):
    """Something about the text of a program."""


class NotParsable(SourceError):
    """The text is not valid Python."""


class NoTrainable(SourceError):
    """The text has nothing that may change."""


class UnknownTrainable(SourceError):
    """No trainable of the asked-for name is in the text."""


class StaleText(SourceError):
    """The text changed after it was traced, and the change touches what would be edited."""


class RunError(TraceLspError):
    """Something about a program while it runs."""


class InterpreterMissing(RunError):
    """There is no Python interpreter to run the program with."""


class LaunchError(RunError):
    """A run in a launch.json or a pyproject.toml cannot be started as it is written.

    `file` is where it is, `entry` its name there and `key` the part of it that is wrong; "" where
    it is the whole.
    """

    def __init__(self, message: str, file: str, entry: str = "", key: str = "") -> None:
        super().__init__(message)
        self.file = file
        self.entry = entry
        self.key = key


class UnknownVariable(RunError):
    """Nobody here knows what a variable stands for; `variable` is what its braces hold."""

    def __init__(self, message: str, variable: str) -> None:
        super().__init__(message)
        self.variable = variable


class ChoiceNotKept(RunError):
    """The file that remembers which run was chosen cannot be written."""


class RunFailed(RunError):
    """The program ended in a way that leaves nothing to optimize from.

    `outcome` is the run's outcome kind (``timedOut``, ``crashed`` …), and the error's `kind`.
    """

    def __init__(self, message: str, outcome: str) -> None:
        super().__init__(message)
        self.outcome = outcome

    @property
    def kind(self) -> str:
        return self.outcome


class NothingRecorded(RunError):
    """The program ran, but never came by what should be optimized."""


class ModelError(TraceLspError):
    """Something about the model that was asked. `retry_after` is in seconds, where known."""

    def __init__(self, message: str, retry_after: Optional[float] = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NoModel(ModelError):
    """No model can be asked: none is configured, or what is configured is not whole."""


class NoneConfigured(NoModel):
    """Nobody said which model to ask, or somebody said none: then a search does without."""

    @property
    def kind(self) -> str:
        return "noModel"


class ModelUnreachable(ModelError):
    """The endpoint could not be reached, or the connection broke."""


class ModelTimedOut(ModelError):
    """The endpoint did not answer in time."""


class KeyRefused(ModelError):
    """The endpoint refused the key."""


class RateLimited(ModelError):
    """The endpoint asks to slow down."""


class ModelRejected(ModelError):
    """The endpoint refused the request itself (unknown model, too long, …)."""


class ContextTooLong(ModelRejected):
    """The question is longer than the model can read."""


class BudgetSpent(ModelError):
    """The question may cost more than the budget has left. It was not sent."""


class ScriptEnded(ModelError):
    """A scripted model was asked more often than it has replies."""


class NotRecorded(ModelError):
    """A recorded model was asked what is not in its file."""


class CassetteDamaged(ModelError):
    """The file of a recorded model cannot be read, or cannot be written."""


class ProblemTooLarge(TraceLspError):
    """What must be shown of a problem is more than the budget."""


class NothingFound(TraceLspError):
    """A search that asks no model found nothing that does better."""


class ReplyRefused(TraceLspError):
    """The model's reply cannot be used. `reason` is one of `optimizers.suggestion.REFUSALS`."""

    def __init__(self, message: str, reason: str, raw: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.raw = raw

    @property
    def kind(self) -> str:
        return self.reason


class FeedbackUnclear(TraceLspError):
    """The feedback says nothing of better or worse, and a search goes by that."""


class EditRefused(TraceLspError):
    """An edit was not applied."""


class HistoryError(TraceLspError):
    """The history cannot be used. Nothing but the history needs it."""


class HistoryDamaged(HistoryError):
    """The file is no history, or not as it was written."""


class HistoryTooNew(HistoryError):
    """A later version of this package wrote the file."""


class HistoryUnavailable(HistoryError):
    """The file cannot be read or written: no right to, no room, or others hold it too long."""


class UnknownEntry(TraceLspError):
    """The history has no entry of that name, or several that begin like it."""


class Cancelled(TraceLspError):
    """A person ended what was under way."""


class WireError(TraceLspError):
    """A message on the wire between server and child cannot be understood."""
