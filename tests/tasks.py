"""Tasks that optimizers are to solve: each a program in workspaces/tasks, and what solves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Optional

from trace_lsp.source.trainables import Trainable

PROGRAMS = Path(__file__).parent / "workspaces" / "tasks"


class Swap(NamedTuple):
    """A function's new text, by the one piece of it that another takes the place of."""

    was: str
    now: str


Values = Mapping[str, Any]
"""New values by their trainables' names: what a value becomes, a function's text, or a `Swap`."""


@dataclass(frozen=True)
class Task:
    """A program that fails its checks or is far from its goal, and what solves it.

    `program` is a file in workspaces/tasks, `names` are those of its trainables. Without a goal its checks
    should hold: that it runs to its end, and all that it compares with `.eq`. The `goal` is
    "minimize NAME" or "maximize NAME", NAME a global variable or a node; at the `target` it is
    reached. `replies` are what a model would answer, one after the other; only the last is right,
    and it is right by itself. `solution` is for tasks that are searched. `feedback` is what a
    person would say besides. A program that `hangs` does so in its last line.
    """

    name: str
    program: str
    kind: Literal["numbers", "choices", "code", "text", "several"]
    names: tuple[str, ...]
    goal: str = ""
    target: Optional[float] = None
    by: Literal["search", "OptoPrime"] = "search"
    replies: tuple[Values, ...] = ()
    feedback: str = ""
    solution: Values = field(default_factory=dict)
    hangs: bool = False

    @property
    def path(self) -> Path:
        """The program's file."""
        return PROGRAMS / self.program

    @property
    def objective(self) -> str:
        """The goal's NAME, "" without a goal."""
        return self.goal.partition(" ")[2]

    @property
    def right(self) -> Values:
        """What solves it."""
        return self.replies[-1] if self.replies else self.solution

    def is_reached(self, number: float) -> bool:
        """True if the objective is at the target or beyond."""
        assert self.target is not None
        return number <= self.target if self.goal.startswith("min") else number >= self.target


def new_text(trainable: Trainable, value: Any) -> str:
    """What a trainable's text becomes by a value of `Values`."""
    if isinstance(value, Swap):
        assert trainable.text.count(value.was) == 1, f"{trainable.name}: {value.was!r}"
        return trainable.text.replace(value.was, value.now)
    return str(value) if trainable.kind == "function" else repr(value)


def numbers(program: str, goal: str, target: float, **solution: float) -> Task:
    """A task of numbers that are global variables of the program."""
    name = program.partition(".")[0]
    return Task(name, program, "numbers", tuple(solution), goal, target, solution=solution)


def bug(name: str, program: str, function: str, was: str, now: str, hangs: bool = False) -> Task:
    """A task of one wrong piece in a function."""
    return Task(
        name, program, "code", (function,), solution={function: Swap(was, now)}, hangs=hangs
    )


SEARCHED = (
    numbers("quadratic.py", "minimize loss", 0.05, east=2.5, north=-1.5, height=4.0),
    numbers("thermostat_gain.py", "minimize discomfort", 0.65, proportional=0.48, integral=0.0038),
    numbers("perceptron.py", "minimize loss", 0.33, rate=0.3, epochs=4, momentum=0.13),
    Task(
        name="arm",
        program="arm.py",
        kind="numbers",
        names=("reach.shoulder", "reach.elbow"),
        goal="minimize gap",
        target=0.02,
        solution={"reach.shoulder": 1.4165, "reach.elbow": -1.785},
    ),
    Task(
        name="cart",
        program="cart.py",
        kind="code",
        names=("push",),
        goal="minimize cost",
        target=5.5,
        solution={"push": Swap("0.5 * (GOAL - place) - 0.1", "4.0 * (GOAL - place) - 3.0")},
    ),
    Task(
        name="choice",
        program="choice.py",
        kind="choices",
        names=("method", "closed", "width"),
        goal="maximize fit",
        target=0.955,
        solution={"method": "cubic", "closed": True, "width": 3},
    ),
    bug("index", "median.py", "median", "half + 1", "half - 1"),
    bug("comparison", "roman.py", "number", "value <= following", "value < following"),
    bug("constant", "runs_of.py", "runs_of", "letter, count = each, 0", "letter, count = each, 1"),
    bug(
        "endless loop",
        "binary_search.py",
        "place_of",
        "high = middle\n",
        "high = middle - 1\n",
        hangs=True,
    ),
    bug("sign in a method", "bank.py", "Account.pay", "< self.limit", "< -self.limit"),
    bug("recursion", "flatten.py", "flatten", "return value", "return [value]"),
    bug("exception", "warmer_days.py", "warmer_days", "len(degrees))", "len(degrees) - 1)"),
    bug(
        "branches",
        "caesar.py",
        "shifted",
        'ord("a" if letter.isupper() else "A")',
        'ord("A" if letter.isupper() else "a")',
    ),
    bug("call missing", "intervals.py", "merged", "in intervals", "in sorted(intervals)"),
    bug("slice missing", "turn.py", "turned", "zip(*picture)", "zip(*picture[::-1])"),
    bug("condition", "password.py", "is_strong", "has_digit or", "has_digit and"),
    bug("indentation", "sold_out.py", "can_deliver", "        return True", "    return True"),
)

INSTRUCTIONS = (
    {"instructions": "Tell in a sentence what the weather is like, in Celsius."},
    {"instructions": "Tell the weather in a sentence, in Celsius; umbrella if it rains."},
)

DAY_OF = '''\
def day_of(text):
    """The date that is written there."""
    day, month, year = text.split("/")
    return date(int(year), int(month), int(day))'''

DAY_OF_BOTH = '''\
def day_of(text):
    """The date that is written there."""
    if "-" in text:
        return date.fromisoformat(text)
    day, month, year = text.split("/")
    return date(int(year), int(month), int(day))'''

LINED_UP = '''\
def lined_up(heights):
    """The heights in the order in which the people should stand."""
    ordered = sorted(heights)
    return {}'''

SCORE = '''\
def score(rolls):
    """The score of a game of ten-pin bowling; `rolls` are the pins that each roll knocks down."""
    return sum(rolls)'''

SCORE_OF_FRAMES = '''\
def score(rolls):
    """The score of a game of ten-pin bowling; `rolls` are the pins that each roll knocks down."""
    total, at = 0, 0
    for _ in range(10):
        pins = sum(rolls[at:at + 2])
        if rolls[at] == 10:
            total += 10 + sum(rolls[at + 1:at + 3])
            at += 1
        else:
            total += pins + (rolls[at + 2] if pins == 10 else 0)
            at += 2
    return total'''

PACKED = '''\
def packed(words):
    """The words in one line."""
    {}'''

UNPACKED = '''\
def unpacked(line):
    """The words that were packed."""
    {}'''

UNDERSTAND = '''\
def understand(self, text):
    """What is ordered, and how many."""
    count, article = text.split()
    return article.rstrip("s"), 1 if count == "a" else int(count)'''

PRICE = '''\
def price(self, order):
    """The price in cents. From ten on, each costs a tenth less."""
    article, count = order
    each = PRICES[article]
    return (each - each // 10 if count >= 10 else each) * count'''

MANNER = "Say the price in euros, and please."

ASKED = (
    Task("prompt", "prompt.py", "text", ("instructions",), by="OptoPrime", replies=INSTRUCTIONS),
    Task(
        name="two functions",
        program="two_functions.py",
        kind="several",
        names=("packed", "unpacked"),
        by="OptoPrime",
        replies=(
            {"packed": PACKED.format('return "|".join(words)')},
            {
                "packed": PACKED.format('return "|".join(words)'),
                "unpacked": UNPACKED.format('return line.split("|")'),
            },
            {
                "packed": PACKED.format("import json\n    return json.dumps(words)"),
                "unpacked": UNPACKED.format("import json\n    return json.loads(line)"),
            },
        ),
    ),
    Task(
        name="clerk",
        program="agent.py",
        kind="several",
        names=("Clerk.__init__.manner", "Clerk.understand", "Clerk.price"),
        by="OptoPrime",
        replies=(
            {"Clerk.understand": UNDERSTAND, "Clerk.__init__.manner": MANNER},
            {
                "Clerk.understand": UNDERSTAND,
                "Clerk.price": PRICE,
                "Clerk.__init__.manner": MANNER,
            },
        ),
    ),
    Task(
        name="dates",
        program="parse_dates.py",
        kind="code",
        names=("day_of",),
        by="OptoPrime",
        replies=({"day_of": DAY_OF}, {"day_of": DAY_OF_BOTH}),
    ),
    Task(
        name="strange order",
        program="pendulum.py",
        kind="code",
        names=("lined_up",),
        by="OptoPrime",
        replies=(
            {"lined_up": LINED_UP.format("ordered[1::2][::-1] + ordered[::2]")},
            {"lined_up": LINED_UP.format("ordered[2::2][::-1] + ordered[:1] + ordered[1::2]")},
        ),
        feedback="The smallest stands in the middle, the next to its right, the next to its left.",
    ),
    Task(
        name="stub",
        program="out_of_reach.py",
        kind="code",
        names=("score",),
        by="OptoPrime",
        replies=({"score": SCORE}, {"score": SCORE_OF_FRAMES}),
    ),
)

TASKS = (*SEARCHED, *ASKED)
