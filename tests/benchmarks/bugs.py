"""The bugs that the search is measured on, one line each.

They were written after the kinds of edit and their weights were settled, and nothing was changed
for them.
"""

from __future__ import annotations

from bugs_format import bug

BUGS = [
    # Comparisons and boundaries
    bug(
        "boundary",
        """
        def grade(score):
            if score >= 90:
                return 'A'
            if score >= 75:
                return 'B'
            if score >= 50:
                return 'C'
            return 'F'
        """,
        "score >= 75",
        "score > 75",
        [(95,), (90,), (80,), (75,), (50,), (20,)],
    ),
    bug(
        "boundary",
        """
        def clamp(value, low, high):
            if value < low:
                return low
            if value > high:
                return high
            return value
        """,
        "value > high",
        "value < high",
        [(5, 0, 10), (-1, 0, 10), (11, 0, 10), (10, 0, 10), (3, 3, 3)],
        allows=lambda v, low, high: low <= high,
    ),
    bug(
        "boundary",
        """
        def is_prime(n):
            if n < 2:
                return False
            i = 2
            while i * i <= n:
                if n % i == 0:
                    return False
                i += 1
            return True
        """,
        "i * i <= n",
        "i * i < n",
        [(0,), (1,), (2,), (4,), (9,), (13,), (15,), (25,)],
    ),
    bug(
        "boundary",
        """
        def count_in_range(values, low, high):
            return sum(1 for v in values if low <= v <= high)
        """,
        "low <= v <= high",
        "low <= v < high",
        [([1, 2, 3], 1, 3), ([], 0, 1), ([5, 5], 5, 5), ([1, 9], 2, 8), ([4, 6, 8], 4, 7)],
    ),
    bug(
        "boundary",
        """
        def overlaps(a, b):
            return a[0] < b[1] and b[0] < a[1]
        """,
        "a[0] < b[1] and",
        "a[0] < b[0] and",
        [
            ((0, 2), (1, 3)),
            ((1, 3), (0, 2)),
            ((0, 1), (1, 2)),
            ((0, 5), (1, 2)),
            ((3, 4), (0, 9)),
            ((5, 6), (1, 2)),
        ],
        allows=lambda a, b: len(a) == len(b) == 2 and a[0] <= a[1] and b[0] <= b[1],
    ),
    bug(
        "equality",
        """
        def run_length(text):
            result = []
            for c in text:
                if result and result[-1][0] == c:
                    result[-1][1] += 1
                else:
                    result.append([c, 1])
            return result
        """,
        "result[-1][0] == c",
        "result[0][0] == c",
        [("aaab",), ("",), ("abc",), ("aabba",), ("a",), ("xyyx",)],
    ),
    # Off by one
    bug(
        "off by one",
        """
        def windows(items, size):
            return [items[i:i + size] for i in range(len(items) - size + 1)]
        """,
        "len(items) - size + 1",
        "len(items) - size",
        [([1, 2, 3], 2), ([1, 2], 2), ([1, 2, 3, 4], 1), ([], 1), ([1], 2)],
        allows=lambda i, size: size > 0,
    ),
    bug(
        "off by one",
        """
        def triangle_number(n):
            total = 0
            for k in range(1, n + 1):
                total += k
            return total
        """,
        "range(1, n + 1)",
        "range(n)",
        [(0,), (1,), (2,), (5,), (10,)],
    ),
    bug(
        "off by one",
        """
        def second_largest(values):
            ordered = sorted(set(values))
            return ordered[-2] if len(ordered) > 1 else None
        """,
        "ordered[-2]",
        "ordered[-1]",
        [([1, 2, 3],), ([5],), ([4, 4, 2],), ([],), ([9, 7, 8],)],
    ),
    bug(
        "off by one",
        """
        def rotate(items, k):
            if not items:
                return []
            k = k % len(items)
            return items[-k:] + items[:-k] if k else items[:]
        """,
        "items[:-k] if",
        "items[:k] if",
        [([1, 2, 3], 1), ([1, 2, 3], 0), ([], 2), ([1, 2, 3, 4, 5], 2), ([1, 2], 3)],
    ),
    bug(
        "off by one",
        """
        def middle(text):
            n = len(text)
            if n % 2 == 1:
                return text[n // 2]
            return text[n // 2 - 1:n // 2 + 1]
        """,
        "text[n // 2 - 1:n // 2 + 1]",
        "text[n // 2 - 1:n // 2]",
        [("abc",), ("abcd",), ("ab",), ("",), ("x",), ("hello!",)],
    ),
    bug(
        "off by one",
        """
        def reversed_list(items):
            out = []
            for i in range(len(items) - 1, -1, -1):
                out.append(items[i])
            return out
        """,
        "range(len(items) - 1, -1, -1)",
        "range(len(items) - 1, 0, -1)",
        [([1, 2, 3],), ([],), ([7],), ([1, 1, 2],)],
    ),
    # Variables
    bug(
        "variable",
        """
        def dot(xs, ys):
            total = 0
            for x, y in zip(xs, ys):
                total += x * y
            return total
        """,
        "x * y",
        "x * x",
        [([1, 2], [3, 4]), ([], []), ([2], [5]), ([1, 1, 1], [1, 2, 3])],
    ),
    bug(
        "variable",
        """
        def merge_counts(first, second):
            result = dict(first)
            for key, count in second.items():
                result[key] = result.get(key, 0) + count
            return result
        """,
        "second.items()",
        "first.items()",
        [({"a": 1}, {"a": 2}), ({}, {"b": 1}), ({"x": 1}, {}), ({"a": 1}, {"b": 5})],
    ),
    bug(
        "variable",
        """
        def bubble_sort(items):
            items = list(items)
            for end in range(len(items) - 1, 0, -1):
                for i in range(end):
                    if items[i] > items[i + 1]:
                        items[i], items[i + 1] = items[i + 1], items[i]
            return items
        """,
        "range(end)",
        "range(end - 1)",
        [([3, 2, 1],), ([],), ([1],), ([2, 1],), ([5, 1, 4, 2, 8],), ([1, 2, 3],)],
    ),
    bug(
        "variable",
        """
        def selection_sort(items):
            items = list(items)
            for i in range(len(items)):
                smallest = i
                for j in range(i + 1, len(items)):
                    if items[j] < items[smallest]:
                        smallest = j
                items[i], items[smallest] = items[smallest], items[i]
            return items
        """,
        "items[j] < items[smallest]",
        "items[j] < items[i]",
        [([3, 2, 1],), ([],), ([4, 2, 3, 1],), ([2, 1],), ([5, 3, 4, 1, 2],)],
    ),
    bug(
        "variable",
        """
        def max_profit(prices):
            best = 0
            lowest = float('inf')
            for price in prices:
                lowest = min(lowest, price)
                best = max(best, price - lowest)
            return best
        """,
        "best = max(best, price - lowest)",
        "best = max(lowest, price - lowest)",
        [([7, 1, 5, 3, 6, 4],), ([],), ([5, 4, 3],), ([1, 2],), ([2, 9, 1, 3],)],
    ),
    bug(
        "target",
        """
        def min_max(values):
            low = high = values[0]
            for v in values:
                if v < low:
                    low = v
                if v > high:
                    high = v
            return low, high
        """,
        "            high = v\n",
        "            low = v\n",
        [([1, 2, 3],), ([3, 1, 2],), ([5],), ([2, 2],), ([4, 1, 9],)],
        allows=lambda v: len(v) > 0,
    ),
    bug(
        "index",
        """
        def diagonal_sum(matrix):
            total = 0
            for i in range(len(matrix)):
                total += matrix[i][i]
            return total
        """,
        "matrix[i][i]",
        "matrix[0][i]",
        [([[1, 2], [3, 4]],), ([],), ([[5]],), ([[1, 0, 0], [0, 1, 0], [0, 0, 7]],)],
        allows=lambda m: all(len(r) == len(m) for r in m),
    ),
    bug(
        "index",
        """
        def prefix_sums(values):
            sums = [0]
            for v in values:
                sums.append(sums[-1] + v)
            return sums
        """,
        "sums[-1] + v",
        "sums[0] + v",
        [([1, 2, 3],), ([],), ([5],), ([1, 1, 1, 1],)],
    ),
    # Operators
    bug(
        "operator",
        """
        def distance_squared(p, q):
            return (p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2
        """,
        "(p[1] - q[1])",
        "(p[1] + q[1])",
        [((0, 0), (3, 4)), ((1, 1), (1, 1)), ((-1, 2), (2, -2)), ((5, 0), (0, 1))],
        allows=lambda p, q: len(p) == len(q) == 2,
    ),
    bug(
        "operator",
        """
        def percent_change(old, new):
            return (new - old) / old * 100
        """,
        "/ old * 100",
        "/ new * 100",
        [(10.0, 15.0), (4.0, 2.0), (5.0, 5.0), (8.0, 10.0)],
        allows=lambda o, n: o and n,
    ),
    bug(
        "operator",
        """
        def hours_minutes(minutes):
            return (minutes // 60, minutes % 60)
        """,
        "minutes % 60",
        "minutes // 60",
        [(0,), (59,), (60,), (61,), (150,)],
    ),
    bug(
        "operator",
        """
        def toggle_bit(number, bit):
            return number ^ (1 << bit)
        """,
        "number ^ (1",
        "number | (1",
        [(0, 0), (1, 0), (5, 1), (7, 2), (8, 3)],
    ),
    bug(
        "operator",
        """
        def compound(principal, rate, years):
            amount = principal
            for _ in range(years):
                amount *= 1 + rate
            return amount
        """,
        "amount *= 1 + rate",
        "amount += 1 + rate",
        [(100.0, 0.1, 1), (100.0, 0.1, 3), (50.0, 0.0, 5), (10.0, 0.5, 2), (5.0, 0.2, 0)],
        allows=lambda p, r, y: y < 12,
    ),
    bug(
        "precedence",
        """
        def average_of_two(a, b):
            return (a + b) / 2
        """,
        "(a + b) / 2",
        "a + b / 2",
        [(1.0, 3.0), (0.0, 0.0), (2.0, 2.0), (5.0, 10.0)],
    ),
    bug(
        "sign",
        """
        def absolute(n):
            if n < 0:
                return -n
            return n
        """,
        "return -n",
        "return n - 1",
        [(-1,), (0,), (5,), (-10,), (-3,)],
    ),
    bug(
        "operands swapped",
        """
        def countdown_gaps(times):
            gaps = []
            for a, b in zip(times, times[1:]):
                gaps.append(b - a)
            return gaps
        """,
        "b - a",
        "a - b",
        [([1, 4, 6],), ([],), ([3],), ([10, 15],)],
    ),
    # Constants
    bug(
        "constant",
        """
        def hamming_weight(n):
            count = 0
            while n:
                count += n & 1
                n >>= 1
            return count
        """,
        "n >>= 1",
        "n >>= 2",
        [(0,), (1,), (2,), (7,), (10,), (255,)],
    ),
    bug(
        "constant",
        """
        def celsius(fahrenheit):
            return (fahrenheit - 32) * 5 / 9
        """,
        "(fahrenheit - 32)",
        "(fahrenheit - 30)",
        [(32.0,), (212.0,), (0.0,), (98.6,)],
    ),
    bug(
        "constant",
        """
        def count_vowels(text):
            count = 0
            for c in text.lower():
                if c in 'aeiou':
                    count += 1
            return count
        """,
        "count = 0",
        "count = 1",
        [("hello",), ("",), ("xyz",), ("AEIOU",), ("Audio",)],
    ),
    bug(
        "constant",
        """
        def join_words(words):
            return ' '.join(w.strip() for w in words)
        """,
        "' '.join",
        "''.join",
        [(["a", "b"],), ([],), ([" x ", "y"],), (["one"],)],
    ),
    bug(
        "boolean constant",
        """
        def has_duplicates(items):
            seen = set()
            for item in items:
                if item in seen:
                    return True
                seen.add(item)
            return False
        """,
        "return True",
        "return False",
        [([1, 2, 1],), ([],), ([1],), ([3, 3],), ([1, 2, 3],)],
    ),
    bug(
        "boolean constant",
        """
        def sorted_descending(values):
            return sorted(values, reverse=True)
        """,
        "sorted(values, reverse=True)",
        "sorted(values)",
        [([1, 3, 2],), ([],), ([5],), ([2, 2, 9],)],
    ),
    # Conditions
    bug(
        "and or",
        """
        def is_triangle(a, b, c):
            return a + b > c and a + c > b and b + c > a
        """,
        "a + c > b and b + c",
        "a + c > b or b + c",
        [(3, 4, 5), (1, 1, 3), (3, 1, 1), (1, 3, 1), (2, 2, 2), (1, 2, 3)],
    ),
    bug(
        "negation",
        """
        def only_letters(words):
            return [w for w in words if w.isalpha()]
        """,
        "if w.isalpha()",
        "if not w.isalpha()",
        [(["ab", "a1"],), ([],), (["1"],), (["x", "y"],)],
    ),
    bug(
        "condition missing",
        """
        def safe_get(items, index):
            if 0 <= index and index < len(items):
                return items[index]
            return None
        """,
        "if 0 <= index and index < len(items):",
        "if index < len(items):",
        [([1, 2], 0), ([1, 2], 1), ([1, 2], 2), ([], 0), ([1, 2, 3], -1), ([5], -2)],
        others=[([1, 2], n) for n in range(-4, 4)],
    ),
    bug(
        "condition missing",
        """
        def fizzbuzz(n):
            if n % 3 == 0 and n % 5 == 0:
                return 'FizzBuzz'
            if n % 3 == 0:
                return 'Fizz'
            if n % 5 == 0:
                return 'Buzz'
            return str(n)
        """,
        "n % 3 == 0 and n % 5 == 0",
        "n % 3 == 0",
        [(1,), (3,), (5,), (15,), (9,), (30,), (7,)],
    ),
    bug(
        "extra condition",
        """
        def count_words(text):
            count = 0
            for word in text.split(' '):
                if word:
                    count += 1
            return count
        """,
        "if word:",
        "if word and count:",
        [("a b",), ("",), ("a",), ("  a  b c",)],
    ),
    bug(
        "none check",
        """
        def longest(strings):
            best = None
            for s in strings:
                if best is None or len(s) > len(best):
                    best = s
            return best
        """,
        "best is None or len(s)",
        "best is not None or len(s)",
        [(["a", "bb"],), ([],), (["x"],), (["abc", "de", "fghi"],)],
    ),
    bug(
        "none check",
        """
        def default_to(value, fallback):
            if value is None:
                return fallback
            return value
        """,
        "if value is None:",
        "if not value:",
        [(None, 1), (0, 5), (3, 4), ("", "x"), ("a", "b"), (False, True)],
    ),
    # Returns and control flow
    bug(
        "return missing",
        """
        def factorial(n):
            if n <= 1:
                return 1
            return n * factorial(n - 1)
        """,
        "return n * factorial(n - 1)",
        "n * factorial(n - 1)",
        [(0,), (1,), (2,), (5,)],
        allows=lambda n: n < 20,
    ),
    bug(
        "return missing",
        """
        def unique(items):
            seen = []
            for item in items:
                if item not in seen:
                    seen.append(item)
            return seen
        """,
        "    return seen\n",
        "",
        [([1, 1, 2],), ([],), ([3],), ([2, 1, 2],)],
    ),
    bug(
        "return in loop",
        """
        def all_positive(values):
            for v in values:
                if v <= 0:
                    return False
            return True
        """,
        "\n    return True",
        "\n        return True",
        [([1, 2],), ([1, -1],), ([],), ([-1, 2],), ([0],)],
    ),
    bug(
        "return value",
        """
        def split_evens(values):
            evens, odds = [], []
            for v in values:
                if v % 2 == 0:
                    evens.append(v)
                else:
                    odds.append(v)
            return evens, odds
        """,
        "return evens, odds",
        "return odds, evens",
        [([1, 2, 3],), ([],), ([2],), ([5, 7],)],
    ),
    bug(
        "break for continue",
        """
        def sum_positive(values):
            total = 0
            for v in values:
                if v < 0:
                    continue
                total += v
            return total
        """,
        "continue",
        "break",
        [([1, -1, 2],), ([],), ([3],), ([-1, 5],), ([1, 2],)],
    ),
    bug(
        "branch",
        """
        def collatz_steps(n):
            steps = 0
            while n != 1:
                if n % 2 == 0:
                    n //= 2
                else:
                    n = 3 * n + 1
                steps += 1
            return steps
        """,
        "n = 3 * n + 1",
        "n = 3 * n - 1",
        [(1,), (2,), (3,), (6,), (8,), (7,)],
        allows=lambda n: n > 0,
    ),
    bug(
        "elif",
        """
        def sign_word(n):
            if n > 0:
                word = 'positive'
            elif n < 0:
                word = 'negative'
            else:
                word = 'zero'
            return word
        """,
        "    elif n < 0:",
        "    if n < 0:",
        [(1,), (0,), (-1,), (5,), (-7,)],
    ),
    bug(
        "statement order",
        """
        def running_max(values):
            out = []
            best = float('-inf')
            for v in values:
                best = max(best, v)
                out.append(best)
            return out
        """,
        "            best = max(best, v)\n        out.append(best)\n".replace(
            "            best", "        best", 1
        ),
        "        out.append(best)\n        best = max(best, v)\n",
        [([1, 3, 2],), ([],), ([5],), ([2, 1, 4],)],
    ),
    bug(
        "statement in loop",
        """
        def word_lengths(lines):
            result = []
            for line in lines:
                lengths = []
                for word in line.split():
                    lengths.append(len(word))
                result.append(lengths)
            return result
        """,
        "        result.append(lengths)\n",
        "            result.append(lengths)\n",
        [(["a bb", "c"],), ([],), (["one"],), (["", "x y"],)],
    ),
    bug(
        "statement missing",
        """
        def to_binary(n):
            digits = ''
            while n > 0:
                digits = str(n % 2) + digits
                n //= 2
            return digits or '0'
        """,
        "        n //= 2\n",
        "        n -= 2\n",
        [(0,), (1,), (2,), (5,), (10,)],
    ),
    bug(
        "statement missing",
        """
        def first_unique(text):
            counts = {}
            for c in text:
                counts[c] = counts.get(c, 0) + 1
            for c in text:
                if counts[c] == 1:
                    return c
            return None
        """,
        "if counts[c] == 1:",
        "if counts[c] > 1:",
        [("aab",), ("",), ("aa",), ("abc",), ("aabbc",)],
    ),
    # Calls and containers
    bug(
        "sibling call",
        """
        def closest(values, target):
            return min(values, key=lambda v: abs(v - target))
        """,
        "min(values",
        "max(values",
        [([1, 5, 9], 6), ([2], 0), ([1, 10], 3), ([4, 8], 7)],
        allows=lambda v, t: len(v) > 0,
    ),
    bug(
        "sibling call",
        """
        def flatten_once(lists):
            out = []
            for inner in lists:
                out.extend(inner)
            return out
        """,
        "out.extend(inner)",
        "out.append(inner)",
        [([[1], [2, 3]],), ([],), ([[]],), ([[1, 2]],)],
    ),
    bug(
        "sibling call",
        """
        def all_start_with(words, prefix):
            return all(w.startswith(prefix) for w in words)
        """,
        "w.startswith",
        "w.endswith",
        [(["ab", "ac"], "a"), ([], "x"), (["ba"], "a"), (["xy", "y"], "x"), (["aba"], "a")],
    ),
    bug(
        "method missing",
        """
        def char_count(text, letter):
            return text.lower().count(letter.lower())
        """,
        "text.lower().count",
        "text.count",
        [("Aa", "a"), ("", "x"), ("Hello", "L"), ("BBB", "b"), ("xyz", "y")],
    ),
    bug(
        "call missing",
        """
        def total_length(words):
            total = 0
            for word in words:
                total += len(word)
            return total
        """,
        "len(word)",
        "word",
        [(["a", "bb"],), ([],), (["xyz"],), (["", "q"],)],
    ),
    bug(
        "call missing",
        """
        def is_anagram(a, b):
            return sorted(a) == sorted(b)
        """,
        "sorted(a) == sorted(b)",
        "sorted(a) == b",
        [("abc", "cab"), ("a", "b"), ("", ""), ("aab", "abb"), ("xy", "xy")],
    ),
    bug(
        "argument",
        """
        def zip_longest_two(a, b, fill):
            out = []
            for i in range(max(len(a), len(b))):
                x = a[i] if i < len(a) else fill
                y = b[i] if i < len(b) else fill
                out.append((x, y))
            return out
        """,
        "max(len(a), len(b))",
        "max(len(a), len(a))",
        [([1], [2, 3], 0), ([], [], 0), ([1, 2], [3], 9), ([], [1], 7)],
    ),
    bug(
        "argument",
        """
        def power(base, exponent):
            if exponent == 0:
                return 1
            half = power(base, exponent // 2)
            if exponent % 2 == 0:
                return half * half
            return half * half * base
        """,
        "return half * half * base",
        "return half * base",
        [(2, 0), (2, 1), (2, 3), (3, 5), (2, 6), (2, 7)],
        allows=lambda b, e: e >= 0,
    ),
    bug(
        "arguments swapped",
        """
        def replace_all(text, old, new):
            return text.replace(old, new)
        """,
        "text.replace(old, new)",
        "text.replace(new, old)",
        [("aba", "a", "c"), ("", "x", "y"), ("hello", "l", "L"), ("abc", "z", "a")],
    ),
    bug(
        "dict",
        """
        def invert(mapping):
            result = {}
            for key, value in mapping.items():
                result[value] = key
            return result
        """,
        "result[value] = key",
        "result[key] = value",
        [({"a": 1},), ({},), ({"x": "y", "z": "w"},)],
    ),
    bug(
        "dict",
        """
        def count_items(items):
            counts = {}
            for item in items:
                if item not in counts:
                    counts[item] = 0
                counts[item] += 1
            return counts
        """,
        "counts[item] = 0",
        "counts[item] = 1",
        [([1, 1, 2],), ([],), (["a"],), ([2, 2, 2],)],
    ),
    bug(
        "slice",
        """
        def remove_at(items, index):
            return items[:index] + items[index + 1:]
        """,
        "items[index + 1:]",
        "items[index:]",
        [([1, 2, 3], 1), ([1], 0), ([1, 2], 1), ([4, 5, 6], 0)],
        allows=lambda items, i: i < len(items),
    ),
    bug(
        "slice",
        """
        def every_other(items):
            return items[::2]
        """,
        "items[::2]",
        "items[1::2]",
        [([1, 2, 3],), ([],), ([1],), ([1, 2, 3, 4],)],
    ),
    bug(
        "slice",
        """
        def chunks(items, size):
            result = []
            for start in range(0, len(items), size):
                result.append(items[start:start + size])
            return result
        """,
        "range(0, len(items), size)",
        "range(0, len(items))",
        [([1, 2, 3], 2), ([], 2), ([1, 2, 3, 4], 2), ([1, 2], 1), ([5, 6, 7], 3)],
        allows=lambda i, size: size > 0,
    ),
    bug(
        "comprehension",
        """
        def multiplication_table(n):
            return [[i * j for j in range(1, n + 1)] for i in range(1, n + 1)]
        """,
        "i * j for j",
        "i + j for j",
        [(0,), (1,), (2,), (3,)],
    ),
    bug(
        "recursion",
        """
        def tree_depth(tree):
            if tree is None:
                return 0
            left, right = tree
            return 1 + max(tree_depth(left), tree_depth(right))
        """,
        "tree_depth(right))",
        "tree_depth(left))",
        [
            (None,),
            ((None, None),),
            (((None, None), None),),
            ((None, (None, None)),),
            ((None, ((None, None), None)),),
        ],
    ),
    bug(
        "recursion",
        """
        def hanoi(n, source, target, spare):
            if n == 0:
                return []
            first = hanoi(n - 1, source, spare, target)
            last = hanoi(n - 1, spare, target, source)
            return first + [(source, target)] + last
        """,
        "hanoi(n - 1, spare, target, source)",
        "hanoi(n - 1, source, target, spare)",
        [
            (0, "a", "c", "b"),
            (1, "a", "c", "b"),
            (2, "a", "c", "b"),
            (3, "a", "c", "b"),
            (2, "x", "y", "z"),
        ],
        allows=lambda n, *_: n < 7,
    ),
    bug(
        "recursion",
        """
        def permutations(items):
            if not items:
                return [[]]
            result = []
            for i, item in enumerate(items):
                for rest in permutations(items[:i] + items[i + 1:]):
                    result.append([item] + rest)
            return result
        """,
        "permutations(items[:i] + items[i + 1:])",
        "permutations(items[i + 1:])",
        [([],), ([1],), ([1, 2],), ([1, 2, 3],)],
        allows=lambda i: len(i) < 6,
    ),
    bug(
        "exception",
        """
        def parse_all(texts):
            numbers = []
            for text in texts:
                try:
                    numbers.append(int(text))
                except ValueError:
                    numbers.append(None)
            return numbers
        """,
        "except ValueError:",
        "except KeyError:",
        [(["1", "x"],), ([],), (["5"],), (["", "7"],)],
    ),
    bug(
        "generator",
        """
        def take(iterable, n):
            for i, item in enumerate(iterable):
                if i >= n:
                    break
                yield item
        """,
        "i >= n",
        "i > n",
        [([1, 2, 3], 2), ([], 1), ([1, 2, 3], 0), ([1], 5), ([4, 5, 6], 3)],
    ),
    bug(
        "aliasing",
        """
        def subsets(items):
            found = []
            chosen = []

            def walk(at):
                if at == len(items):
                    found.append(chosen[:])
                    return
                walk(at + 1)
                chosen.append(items[at])
                walk(at + 1)
                chosen.pop()

            walk(0)
            return found
        """,
        "chosen[:]",
        "chosen",
        [([],), ([1],), ([1, 2],), ([1, 2, 3],)],
        allows=lambda i: len(i) < 6,
    ),
    bug(
        "string",
        """
        def title_case(text):
            return ' '.join(word[0].upper() + word[1:] for word in text.split())
        """,
        "word[1:]",
        "word[0:]",
        [("hello world",), ("",), ("a",), ("one two three",)],
    ),
    bug(
        "string",
        """
        def is_rotation(a, b):
            return len(a) == len(b) and b in a + a
        """,
        "b in a + a",
        "b in a",
        [("abc", "cab"), ("ab", "ab"), ("a", "b"), ("abcd", "dabc"), ("aa", "a"), ("", "")],
    ),
    bug(
        "accumulator",
        """
        def mean(values):
            total = 0.0
            for v in values:
                total += v
            return total / len(values)
        """,
        "total / len(values)",
        "total / len(values) - 1",
        [([1.0, 2.0],), ([5.0],), ([1.0, 2.0, 6.0],)],
        allows=lambda v: len(v) > 0,
    ),
    bug(
        "accumulator",
        """
        def kadane(values):
            best = current = values[0]
            for v in values[1:]:
                current = max(v, current + v)
                best = max(best, current)
            return best
        """,
        "max(v, current + v)",
        "max(0, current + v)",
        [([1, -2, 3],), ([-1, -2],), ([5],), ([2, -1, 2],), ([-3, 4, -1],)],
        allows=lambda v: len(v) > 0,
    ),
    bug(
        "loop bound",
        """
        def longest_increasing_run(values):
            best = run = 1 if values else 0
            for i in range(1, len(values)):
                run = run + 1 if values[i] > values[i - 1] else 1
                best = max(best, run)
            return best
        """,
        "else 1\n",
        "else 0\n",
        [([1, 2, 3],), ([],), ([3, 1, 2],), ([5, 4, 6, 7, 1],), ([2],), ([3, 2, 1],)],
    ),
]
