"""Scripts whose names are written without blanks: words inside them are found by every two neighbouring letters.

Thai, Lao and Khmer are not among them: their marks stand apart from their letters, and a name is found by its beginning, or by
a part of four letters where nothing else is.
"""

import re
import unicodedata

# Han, Kana and Hangul, for regular expressions of Python and PostgreSQL alike; the SQL function `in_pairs` has the same.
LETTERS = (
    r"\u3005\u3007\u3041-\u3096\u309D-\u309F\u30A1-\u30FA\u30FC-\u30FF\u3400-\u4DBF\u4E00-\u9FFF"
    r"\uAC00-\uD7A3\uF900-\uFAFF\uFF66-\uFF9F"
)
_RUNS = re.compile(f"[{LETTERS}]+|[^{LETTERS}]+")
_LETTER = re.compile(f"[{LETTERS}]")


def has_no_blanks(word: str) -> bool:
    """Whether the word is written in such a script, wholly or in part."""
    return _LETTER.search(word) is not None


def in_pairs(word: str) -> str:
    """The word as the documents have it: every two neighbours. The last letter stands alone there if something follows."""
    found = []
    *runs, last = _RUNS.findall(unicodedata.normalize("NFKC", word))
    for run in runs:
        found += [run[at : at + 2] for at in range(len(run))] if has_no_blanks(run) else [run]
    found += [last[at : at + 2] for at in range(max(len(last) - 1, 1))] if has_no_blanks(last) else [last]
    return " ".join(found)
