"""What can be wrong with a whole file. The class name is the stable reason, the message says what, where and what to do.

FeedError
|- EmptyFeed            nothing to read
|- UnsupportedFormat    a PDF, an image or anything else that is no list of products in a format read here
|- PasswordProtected    a workbook that opens with a password only
|- FileDamaged          a workbook, XML or JSON that was cut short or breaks the rules of its format
|- UnknownTable         a person named a sheet or a path of records that the file does not have
|- ArchiveRefused       an archive we do not open (several members, nested, encrypted)
|- ArchiveDamaged       an archive that is truncated or fails its checksum
|- FeedTooLarge         over a limit of bytes, rows, columns, or a decompression bomb
|- UnreadableText       NUL bytes, or bytes that are not text in the file's encoding
|- UnknownColumn        a mapping names a column the file does not have
`- NoIdentity           a mapping has neither a reference nor a GTIN
"""


class FeedError(Exception):
    """The file cannot be read at all; nothing of it was used."""

    @property
    def reason(self) -> str:
        """Stable machine-readable name of the error."""
        return type(self).__name__


class EmptyFeed(FeedError):
    """The file holds no text."""


class UnsupportedFormat(FeedError):
    """The content is of a known kind that is not read here."""


class PasswordProtected(FeedError):
    """A workbook that opens with a password only."""


class FileDamaged(FeedError):
    """A workbook, XML or JSON that was cut short or breaks the rules of its format."""


class UnknownTable(FeedError):
    """A person named a sheet or a path of records that the file does not have."""


class ArchiveRefused(FeedError):
    """The archive is sound but not of the one accepted kind: a single plain file."""


class ArchiveDamaged(FeedError):
    """The archive ends early or its checksum fails."""


class FeedTooLarge(FeedError):
    """A limit of `model.Limits` is exceeded."""


class UnreadableText(FeedError):
    """The bytes are not text in the encoding of the file."""


class UnknownColumn(FeedError):
    """A column named in a mapping does not exist in the file."""


class NoIdentity(FeedError):
    """Nothing in the mapping tells one row from another."""


class SampleMisleads(Exception):
    """A later row shows that the whole file may say otherwise than its beginning: profile all of it, then read it again."""
