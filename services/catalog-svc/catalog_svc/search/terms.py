"""A query understood, as PostgreSQL reads a tsquery."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """One word of a query. `ndoc` is about how many products have one of its forms, or the two words of one of its `cuts`."""

    forms: tuple[str, ...]
    ndoc: int
    is_beginning: bool = False
    cuts: tuple[tuple[str, str], ...] = ()
    # Whether some product was indexed with the word itself; others know it by its stem alone.
    is_word: bool = False
    # Those of the forms that are the word that was meant, when the others are what the word as it was typed may stand for.
    meant: tuple[str, ...] = ()

    def tsquery(self) -> str:
        """This term as PostgreSQL reads a tsquery."""
        alternatives = [quoted(form) for form in self.forms]
        if self.is_beginning:
            alternatives.append(f"{quoted(self.forms[0])}:*")
        alternatives += [f"{quoted(left)} <-> {quoted(right)}" for left, right in self.cuts]
        return f"({' | '.join(alternatives)})"

    @property
    def is_plain(self) -> bool:
        """Whether nothing is searched for but the word as it was typed."""
        return len(self.forms) == 1 and not self.is_beginning and not self.cuts

    @property
    def typed(self) -> tuple[str, ...]:
        return self.forms[:1]


@dataclass(frozen=True)
class Together:
    """Words that may be written as one or otherwise; `phrases` are tsqueries of the other spellings."""

    terms: tuple[Term, ...]
    phrases: tuple[str, ...]
    ndoc: int

    def tsquery(self) -> str:
        as_typed = " & ".join(term.tsquery() for term in self.terms)
        return f"({' | '.join((f'({as_typed})', *self.phrases))})"

    @property
    def is_plain(self) -> bool:
        return False

    @property
    def typed(self) -> tuple[str, ...]:
        return tuple(word for term in self.terms for word in term.typed)


@dataclass(frozen=True)
class Terms:
    """A query understood: every term must occur. `corrected` is the query that was searched instead of the typed one."""

    all: tuple[Term | Together, ...]
    corrected: str = ""

    @property
    def ndoc(self) -> int:
        """At most so many products match, as far as the dictionary knows."""
        return min((term.ndoc for term in self.all), default=0)

    def tsqueries(self) -> list[str]:
        """What must occur, term by term, the rarest first."""
        return [term.tsquery() for term in sorted(self.all, key=lambda term: term.ndoc)]

    def tsquery(self) -> str:
        """The same as one, for ranking."""
        return " & ".join(self.tsqueries())

    def typed(self) -> str:
        """Any of the words as they were typed, for ranking; empty when nothing else is searched for."""
        if all(term.is_plain for term in self.all):
            return ""
        return " | ".join(quoted(word) for term in self.all for word in term.typed)

    def meant(self) -> str:
        """The words that were meant, for ranking; empty where the words as they were typed find nothing else."""
        terms = [term for one in self.all for term in (one.terms if isinstance(one, Together) else (one,))]
        return " & ".join(f"({' | '.join(map(quoted, term.meant))})" for term in terms if term.meant)


def quoted(lexeme: str) -> str:
    """A lexeme inside a tsquery."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
