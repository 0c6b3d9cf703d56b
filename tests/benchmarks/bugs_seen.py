"""The bugs that the kinds of edit and their weights were chosen on. No figure of theirs is a result."""

from __future__ import annotations

from bugs_format import bug

BUGS = [
    bug(
        "operator",
        """
        def bitcount(n):
            count = 0
            while n:
                n &= n - 1
                count += 1
            return count
        """,
        "n &= n - 1",
        "n ^= n - 1",
        [(0,), (1,), (7,), (8,), (127,), (128,)],
        others=[(n,) for n in range(40)],
    ),
    bug(
        "off by one",
        """
        def bucketsort(items, k):
            counts = [0] * k
            for x in items:
                counts[x] += 1
            result = []
            for i, count in enumerate(counts):
                result.extend([i] * count)
            return result
        """,
        "enumerate(counts)",
        "enumerate(items)",
        [([], 3), ([2, 0, 1], 3), ([1, 1, 1], 3), ([3, 3, 0, 1], 4), ([0], 1), ([4, 2, 2], 5)],
    ),
    bug(
        "argument",
        """
        def find_in_sorted(arr, x):
            def search(start, end):
                if start == end:
                    return -1
                mid = start + (end - start) // 2
                if x < arr[mid]:
                    return search(start, mid)
                elif x > arr[mid]:
                    return search(mid + 1, end)
                else:
                    return mid
            return search(0, len(arr))
        """,
        "search(mid + 1, end)",
        "search(mid, end)",
        [
            ([3, 4, 5, 5, 5, 5, 6], 5),
            ([1, 2, 3, 4, 6, 7, 8], 5),
            ([1, 2, 3, 4, 6, 7, 8], 4),
            ([2, 4, 6, 8], 1),
            ([2, 4, 6, 8], 10),
            ([], 3),
        ],
        allows=lambda arr, x: arr == sorted(arr),
    ),
    bug(
        "wrapped",
        """
        def flatten(arr):
            for x in arr:
                if isinstance(x, list):
                    for y in flatten(x):
                        yield y
                else:
                    yield x
        """,
        "yield x",
        "yield flatten(x)",
        [([[1, [], [2, 3]], [[4]], 5],), ([],), ([[], [], []],), ([1, 2, 3],), ([[1], [2]],)],
    ),
    bug(
        "arguments swapped",
        """
        def gcd(a, b):
            if b == 0:
                return a
            else:
                return gcd(b, a % b)
        """,
        "gcd(b, a % b)",
        "gcd(a % b, b)",
        [(17, 0), (13, 13), (37, 600), (20, 100), (624129, 2061517), (3, 12)],
    ),
    bug(
        "constant",
        """
        def get_factors(n):
            if n == 1:
                return []
            for i in range(2, int(n ** 0.5) + 1):
                if n % i == 0:
                    return [i] + get_factors(n // i)
            return [n]
        """,
        "return [n]",
        "return []",
        [(1,), (100,), (101,), (104,), (2,), (4,)],
        allows=lambda n: n > 0,
    ),
    bug(
        "condition",
        """
        def is_valid_parenthesization(parens):
            depth = 0
            for paren in parens:
                if paren == '(':
                    depth += 1
                else:
                    depth -= 1
                    if depth < 0:
                        return False
            return depth == 0
        """,
        "return depth == 0",
        "return True",
        [("((()()))()",), (")()(",), ("((",), ("",), ("())",), ("(()",)],
    ),
    bug(
        "variable",
        """
        def kth(arr, k):
            pivot = arr[0]
            below = [x for x in arr if x < pivot]
            above = [x for x in arr if x > pivot]
            num_less = len(below)
            num_lessoreq = len(arr) - len(above)
            if k < num_less:
                return kth(below, k)
            elif k >= num_lessoreq:
                return kth(above, k - num_lessoreq)
            else:
                return pivot
        """,
        "kth(above, k - num_lessoreq)",
        "kth(above, k)",
        [
            ([1, 2, 3, 4, 5, 6, 7], 4),
            ([3, 6, 7, 1, 6, 3, 8, 9], 5),
            ([3, 6, 7, 1, 6, 3, 8, 9], 2),
            ([2, 6, 8, 3, 5, 7], 0),
            ([34, 25, 7, 1, 9], 4),
            ([45, 2, 6, 8, 42, 90, 322], 1),
        ],
        allows=lambda arr, k: k < len(arr),
    ),
    bug(
        "condition",
        """
        def lcs_length(s, t):
            dp = {}
            best = 0
            for i in range(len(s)):
                for j in range(len(t)):
                    if s[i] == t[j]:
                        dp[i, j] = dp.get((i - 1, j - 1), 0) + 1
                        best = max(best, dp[i, j])
            return best
        """,
        "(i - 1, j - 1)",
        "(i - 1, j)",
        [
            ("witch", "sandwich"),
            ("meow", "homeowner"),
            ("fun", ""),
            ("fun", "function"),
            ("cyborg", "cyber"),
            ("physics", "psychics"),
        ],
    ),
    bug(
        "call",
        """
        def levenshtein(source, target):
            if source == '' or target == '':
                return len(source) or len(target)
            elif source[0] == target[0]:
                return levenshtein(source[1:], target[1:])
            else:
                return 1 + min(
                    levenshtein(source, target[1:]),
                    levenshtein(source[1:], target[1:]),
                    levenshtein(source[1:], target),
                )
        """,
        "return levenshtein(source[1:], target[1:])\n    else",
        "return 1 + levenshtein(source[1:], target[1:])\n    else",
        [
            ("elec", "elect"),
            ("car", "cat"),
            ("", ""),
            ("abc", "abc"),
            ("amanap", "amana"),
            ("a", ""),
        ],
        allows=lambda a, b: len(a) + len(b) < 10,
    ),
    bug(
        "max missing",
        """
        def lis(arr):
            ends = {}
            longest = 0
            for i, val in enumerate(arr):
                prefix_lengths = [j for j in range(1, longest + 1) if arr[ends[j]] < val]
                length = max(prefix_lengths) if prefix_lengths else 0
                if length == longest or val < arr[ends[length + 1]]:
                    ends[length + 1] = i
                    longest = max(longest, length + 1)
            return longest
        """,
        "max(longest, length + 1)",
        "length + 1",
        [
            ([],),
            ([3],),
            ([10, 20, 11, 32, 22, 48, 43],),
            ([4, 2, 1],),
            ([5, 1, 3, 4, 7],),
            ([4, 1, 5, 3, 7, 6, 2],),
            ([-1, 0, 2],),
            ([0, 2, -1, 1],),
        ],
    ),
    bug(
        "comparison",
        """
        def max_sublist_sum(arr):
            max_ending_here = 0
            max_so_far = 0
            for x in arr:
                max_ending_here = max(0, max_ending_here + x)
                max_so_far = max(max_so_far, max_ending_here)
            return max_so_far
        """,
        "max(0, max_ending_here + x)",
        "max_ending_here + x",
        [
            ([4, -5, 2, 1, -1, 3],),
            ([0, -1, 2, -1, 3, -1, 0],),
            ([3, 4, 5],),
            ([4, -2, -8, 5, -2, 7],),
            ([-4, -4, -5],),
            ([-2, 1, -3, 4],),
        ],
    ),
    bug(
        "statement",
        """
        def next_palindrome(digit_list):
            high_mid = len(digit_list) // 2
            low_mid = (len(digit_list) - 1) // 2
            while high_mid < len(digit_list) and low_mid >= 0:
                if digit_list[high_mid] == 9:
                    digit_list[high_mid] = 0
                    digit_list[low_mid] = 0
                    high_mid += 1
                    low_mid -= 1
                else:
                    digit_list[high_mid] += 1
                    if low_mid != high_mid:
                        digit_list[low_mid] += 1
                    return digit_list
            return [1] + (len(digit_list) - 1) * [0] + [1]
        """,
        "(len(digit_list) - 1) * [0]",
        "len(digit_list) * [0]",
        [
            ([1, 4, 9, 4, 1],),
            ([1, 3, 1],),
            ([4, 7, 2, 5, 5, 2, 7, 4],),
            ([9, 9],),
            ([9, 9, 9],),
            ([5],),
        ],
        allows=lambda d: d == d[::-1] and len(d) > 0,
    ),
    bug(
        "slice",
        """
        def pascal(n):
            rows = [[1]]
            for r in range(1, n):
                row = []
                for c in range(0, r + 1):
                    upleft = rows[r - 1][c - 1] if c > 0 else 0
                    upright = rows[r - 1][c] if c < r else 0
                    row.append(upleft + upright)
                rows.append(row)
            return rows
        """,
        "range(0, r + 1)",
        "range(0, r)",
        [(1,), (2,), (3,), (4,), (5,)],
    ),
    bug(
        "comparison",
        """
        def possible_change(coins, total):
            if total == 0:
                return 1
            if total < 0 or not coins:
                return 0
            first, *rest = coins
            return possible_change(coins, total - first) + possible_change(rest, total)
        """,
        "total < 0 or not coins",
        "total < 0",
        [
            ([1, 4, 2], -7),
            ([1, 5, 10, 25], 11),
            ([1, 5, 10], 15),
            ([5, 2, 4], 12),
            ([], 3),
            ([2], 0),
        ],
        allows=lambda coins, total: 0 not in coins and total < 60,
    ),
    bug(
        "method",
        """
        def powerset(arr):
            if arr:
                first, *rest = arr
                rest_subsets = powerset(rest)
                return rest_subsets + [[first] + subset for subset in rest_subsets]
            else:
                return [[]]
        """,
        "return rest_subsets + [",
        "return [",
        [(["a", "b", "c"],), (["a", "b"],), (["a"],), ([],), (["x", "df", "z", "m"],)],
        allows=lambda arr: len(arr) < 8,
    ),
    bug(
        "sort",
        """
        def quicksort(arr):
            if not arr:
                return []
            pivot = arr[0]
            lesser = quicksort([x for x in arr[1:] if x < pivot])
            greater = quicksort([x for x in arr[1:] if x >= pivot])
            return lesser + [pivot] + greater
        """,
        "x >= pivot",
        "x > pivot",
        [
            ([],),
            ([1, 2, 6, 72, 7, 33, 4],),
            ([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5],),
            ([2, 2],),
            ([5, 4, 3],),
        ],
    ),
    bug(
        "missing argument",
        """
        def rpn(tokens):
            stack = []
            for token in tokens:
                if isinstance(token, float):
                    stack.append(token)
                else:
                    a = stack.pop()
                    b = stack.pop()
                    if token == '+':
                        stack.append(b + a)
                    elif token == '-':
                        stack.append(b - a)
                    else:
                        stack.append(b * a)
            return stack.pop()
        """,
        "stack.append(b - a)",
        "stack.append(a - b)",
        [
            ([3.0, 5.0, "+"],),
            ([2.0, 2.0, "-"],),
            ([7.0, 4.0, "+", 3.0, "-"],),
            ([1.0, 2.0, "-", 4.0, "*"],),
            ([9.0],),
        ],
    ),
    bug(
        "sequence",
        """
        def sieve(max):
            primes = []
            for n in range(2, max + 1):
                if all(n % p > 0 for p in primes):
                    primes.append(n)
            return primes
        """,
        "if all(",
        "if any(",
        [(1,), (2,), (4,), (7,), (20,), (50,)],
    ),
    bug(
        "variable",
        """
        def sqrt(x, epsilon):
            approx = x / 2
            while abs(x - approx ** 2) > epsilon:
                approx = 0.5 * (approx + x / approx)
            return approx
        """,
        "abs(x - approx ** 2)",
        "abs(x - approx)",
        [(2.0, 0.01), (4.0, 0.2), (27.0, 0.01), (33.0, 0.05), (170.0, 0.03)],
        allows=lambda x, e: x > 0 and e > 0.001,
    ),
    bug(
        "missing element",
        """
        def subsequences(a, b, k):
            if k == 0:
                return [[]]
            ret = []
            for i in range(a, b + 1 - k):
                ret.extend([i] + rest for rest in subsequences(i + 1, b, k - 1))
            return ret
        """,
        "return [[]]",
        "return []",
        [(1, 5, 3), (30, 31, 2), (4, 10, 2), (4, 10, 6), (1, 10, 0), (1, 4, 1)],
        allows=lambda a, b, k: b - a < 12,
    ),
    bug(
        "variable",
        """
        def to_base(num, b):
            alphabet = '0123456789ABCDEFGHIJ'
            result = ''
            while num > 0:
                i = num % b
                num = num // b
                result = alphabet[i] + result
            return result
        """,
        "alphabet[i] + result",
        "result + alphabet[i]",
        [(8227, 18), (73, 8), (16, 19), (31, 16), (41, 2), (44, 5), (27, 15)],
        allows=lambda n, b: 1 < b <= 20,
    ),
    bug(
        "statement in loop",
        """
        def wrap(text, cols):
            lines = []
            while len(text) > cols:
                end = text.rfind(' ', 0, cols + 1)
                if end == -1:
                    end = cols
                line, text = text[:end], text[end:]
                lines.append(line)
            lines.append(text)
            return lines
        """,
        "    lines.append(text)\n",
        "",
        [
            ("The leaves did not stir on tree", 10),
            ("abc", 5),
            ("", 3),
            ("onetwo three", 6),
            ("aaaaaaaa", 3),
        ],
        allows=lambda text, cols: cols > 0 and " " not in text[:1] and "  " not in text,
    ),
    bug(
        "aug",
        """
        def average(numbers):
            if not numbers:
                return 0.0
            total = 0
            for number in numbers:
                total += number
            return total / len(numbers)
        """,
        "total += number",
        "total = number",
        [([1, 2, 3],), ([],), ([5],), ([2, 2],), ([1, 10, 4],)],
    ),
    bug(
        "indent",
        """
        def count_pairs(xs, target):
            count = 0
            for i in range(len(xs)):
                for j in range(i + 1, len(xs)):
                    if xs[i] + xs[j] == target:
                        count += 1
            return count
        """,
        "    return count",
        "        return count",
        [([1, 2, 3], 4), ([2, 2, 2], 4), ([], 1), ([1, 5, 3, 3], 6), ([1], 2)],
    ),
    bug(
        "key",
        """
        def longest_word(sentence):
            best = ''
            for word in sentence.split():
                if len(word) > len(best):
                    best = word
            return best
        """,
        "len(word) > len(best)",
        "word > best",
        [("a quick fox",), ("",), ("zz yyy x",), ("one three two",), ("hello world",)],
    ),
    bug(
        "missing copy",
        """
        def with_item(items, item):
            result = items.copy()
            result.append(item)
            return (items, result)
        """,
        "items.copy()",
        "items",
        [([1], 2), ([], 1), ([1, 2], 3)],
    ),
    bug(
        "negated",
        """
        def evens(numbers):
            return [n for n in numbers if n % 2 == 0]
        """,
        "n % 2 == 0",
        "n % 2",
        [([1, 2, 3, 4],), ([],), ([2],), ([1],), ([0, 5, 8],)],
    ),
    bug(
        "strings",
        """
        def is_palindrome(text):
            letters = [c.lower() for c in text if c.isalnum()]
            return letters == letters[::-1]
        """,
        "c.lower() for c",
        "c for c",
        [("Anna",), ("abc",), ("",), ("No lemon, no melon",), ("ab a",)],
    ),
    bug(
        "return",
        """
        def index_of(items, wanted):
            for i, item in enumerate(items):
                if item == wanted:
                    return i
            return -1
        """,
        "return i\n",
        "return item\n",
        [([5, 6, 7], 6), ([5, 6, 7], 8), ([], 1), ([1, 1], 1), ([4, 3], 3)],
    ),
    bug(
        "init",
        """
        def product(numbers):
            result = 1
            for number in numbers:
                result *= number
            return result
        """,
        "result = 1",
        "result = 0",
        [([],), ([2, 3],), ([5],), ([1, 0],), ([2, 2, 2],)],
    ),
    bug(
        "max init",
        """
        def largest(numbers):
            best = numbers[0]
            for number in numbers:
                if number > best:
                    best = number
            return best
        """,
        "best = numbers[0]",
        "best = 0",
        [([1, 2],), ([-1, -5],), ([3],), ([-2],), ([4, 9, 2],)],
        allows=lambda n: len(n) > 0,
    ),
    bug(
        "fibonacci",
        """
        def fib(n):
            a, b = 0, 1
            for _ in range(n):
                a, b = b, a + b
            return a
        """,
        "a, b = b, a + b",
        "a, b = b, a",
        [(0,), (1,), (2,), (5,), (10,)],
    ),
    bug(
        "leap",
        """
        def is_leap(year):
            return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        """,
        "year % 100 != 0 or",
        "year % 100 != 0 and",
        [(2000,), (1900,), (2004,), (2001,), (2100,), (2400,)],
    ),
    bug(
        "digits",
        """
        def digit_sum(n):
            total = 0
            while n > 0:
                total += n % 10
                n //= 10
            return total
        """,
        "n //= 10",
        "n /= 10",
        [(0,), (5,), (123,), (999,), (1001,)],
    ),
    bug(
        "dict",
        """
        def group_by_length(words):
            groups = {}
            for word in words:
                groups.setdefault(len(word), []).append(word)
            return groups
        """,
        "len(word)",
        "word",
        [(["a", "bb", "c"],), ([],), (["abc"],), (["aa", "bb", "cc"],)],
    ),
    bug(
        "matrix",
        """
        def transpose(matrix):
            rows, cols = len(matrix), len(matrix[0])
            return [[matrix[r][c] for r in range(rows)] for c in range(cols)]
        """,
        "matrix[r][c]",
        "matrix[c][r]",
        [([[1, 2], [3, 4]],), ([[1, 2, 3]],), ([[1], [2]],), ([[5]],)],
        allows=lambda m: bool(m) and bool(m[0]) and len({len(r) for r in m}) == 1,
    ),
    bug(
        "guard missing",
        """
        def mean_or_none(values):
            if not values:
                return None
            return sum(values) / len(values)
        """,
        "    if not values:\n        return None\n",
        "",
        [([],), ([1, 2],), ([5],), ([1, 2, 6],)],
    ),
    bug(
        "break missing",
        """
        def first_negative(numbers):
            found = None
            for number in numbers:
                if number < 0:
                    found = number
                    break
            return found
        """,
        "            break\n",
        "",
        [([1, -2, -3],), ([],), ([5],), ([-1],), ([3, -1, 4, -9],)],
    ),
    bug(
        "merge",
        """
        def merge(left, right):
            result, i, j = [], 0, 0
            while i < len(left) and j < len(right):
                if left[i] <= right[j]:
                    result.append(left[i])
                    i += 1
                else:
                    result.append(right[j])
                    j += 1
            return result + left[i:] + right[j:]
        """,
        "left[i:] + right[j:]",
        "left[i:]",
        [([1, 3], [2, 4]), ([], [1]), ([1], []), ([1, 2], [3]), ([5], [1, 2])],
    ),
    bug(
        "attribute",
        """
        class Account:
            def __init__(self, balance, limit):
                self.balance = balance
                self.limit = limit

        def withdraw(balance, limit, amount):
            account = Account(balance, limit)
            if amount <= account.balance + account.limit:
                account.balance -= amount
            return account.balance
        """,
        "account.balance -= amount",
        "account.limit -= amount",
        [(10, 5, 3), (10, 5, 15), (10, 5, 16), (0, 0, 1), (7, 0, 7)],
    ),
    bug(
        "binary search",
        """
        def lower_bound(xs, x):
            low, high = 0, len(xs)
            while low < high:
                mid = (low + high) // 2
                if xs[mid] < x:
                    low = mid + 1
                else:
                    high = mid
            return low
        """,
        "xs[mid] < x",
        "xs[mid] <= x",
        [([1, 2, 3], 2), ([1, 2, 2, 3], 2), ([], 1), ([5], 6), ([5], 4)],
        allows=lambda xs, x: xs == sorted(xs),
    ),
    bug(
        "caesar",
        """
        def caesar(text, shift):
            result = ''
            for c in text:
                if c.islower():
                    result += chr((ord(c) - ord('a') + shift) % 26 + ord('a'))
                else:
                    result += c
            return result
        """,
        "(ord(c) - ord('a') + shift) % 26",
        "(ord(c) - ord('a') + shift)",
        [("abc", 1), ("xyz", 3), ("Hi you", 5), ("", 4), ("zoo", 0)],
    ),
    bug(
        "count",
        """
        def most_common(items):
            counts = {}
            for item in items:
                counts[item] = counts.get(item, 0) + 1
            return max(counts, key=counts.get)
        """,
        "counts.get(item, 0) + 1",
        "counts.get(item, 1)",
        [([1, 2, 2],), ([3],), ([1, 1, 2, 2, 2],), (["a", "b", "b"],)],
        allows=lambda i: len(i) > 0,
    ),
]
