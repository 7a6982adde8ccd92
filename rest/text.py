"""Texts that people read: something in them can be seen, and DynamoDB, mail and browsers can hold them."""

from collections.abc import Iterable

from django.core.validators import RegexValidator

# Code points nobody sees: categories Cc, Zs, Zl and Zp, what Unicode calls Default_Ignorable_Code_Point (UAX 44), the
# rest of Cf, and Braille's empty pattern. As a class of a regular expression, so that the API's description says it.
_UNSEEN = (
    (0x01, 0x20), (0x7F, 0xA0), (0xAD, 0xAD), (0x34F, 0x34F), (0x600, 0x605), (0x61C, 0x61C), (0x6DD, 0x6DD),
    (0x70F, 0x70F), (0x890, 0x891), (0x8E2, 0x8E2), (0x115F, 0x1160), (0x1680, 0x1680), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x2000, 0x200F), (0x2028, 0x202F), (0x205F, 0x206F), (0x2800, 0x2800), (0x3000, 0x3000),
    (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x110BD, 0x110BD),
    (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
_CLASS = "".join(chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in _UNSEEN)

NO_NUL = RegexValidator(r"\A[^\x00]*\Z", "NUL is not allowed.", code="null_characters_not_allowed")
VISIBLE = RegexValidator(
    rf"\A[{_CLASS}]*[^\x00{_CLASS}][^\x00]*\Z", "It needs a visible character, and no NUL.", code="blank"
)


def csv_line(cells: Iterable[str]) -> str:
    """A line of CSV (RFC 4180), with an apostrophe before what a spreadsheet would run as a formula."""
    import csv  # for the few who need it, as below
    import io

    line = io.StringIO()
    formulas = ("=", "+", "-", "@", "\t", "\r")
    csv.writer(line).writerow(f"'{cell}" if cell.startswith(formulas) else cell for cell in cells)
    return line.getvalue()


def ascii_domain(domain: str) -> str:
    """A domain in lower case and in ASCII, as IDNA 2008 with UTS 46 writes it. Raises ValueError for what is no domain.

    Python's own codec is IDNA 2003, which makes `strasse` of `straße`: another domain, which may be somebody else's.
    """
    lower = domain.lower()
    if lower.isascii() and "xn--" not in lower:
        return lower
    import idna  # its tables are for the few who need them

    return idna.encode(lower, uts46=True, std3_rules=True).decode()
