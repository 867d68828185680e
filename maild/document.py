"""A document's content as its author wrote it: read, checked, added up, compared."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from babel.core import get_global
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from maild.address import parse_address
from maild.errors import BadInput
from maild.money import Totals, add_up, to_minor

_ESTIMATE_ONLY = "only an estimate has valid_until; an invoice has due"
_INVOICE_ONLY = "only an invoice has due; an estimate has valid_until"
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# in the store's 64 bits there is room above it for sums
_MOST_MINOR = 10**17


def _one_line(text: str) -> str:
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} for char in text):
        raise ValueError("must be one line without control characters")
    return text.strip()


def _some_lines(text: str) -> str:
    kept = text.replace("\r\n", "\n")
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t" for char in kept):
        raise ValueError("must not hold control characters")
    return kept.strip()


def _number(text: str) -> str:
    # an invisible character would make two numbers that look the same
    if text.lower().endswith(".pdf") or text in {".", ".."} or not text.isprintable():
        raise ValueError("cannot be a document number")
    return text


def _decimal(value: object) -> object:
    if isinstance(value, bool | float) or (isinstance(value, str) and "_" in value):
        raise ValueError('must be a number in quotes, such as "12.50"')
    return value


def _unsign_zero(number: Decimal) -> Decimal:
    return number or Decimal(0)


def _currency(text: str) -> str:
    if text not in get_global("all_currencies"):
        raise ValueError(f"{text!r} is not a currency code such as GBP")
    return text


def _day(value: object) -> object:
    # other texts, a number among them, would be read as an instant
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError('must be a date such as "2026-11-01"')


# built at the first document: a daemon that starts reads none
_STRICT = ConfigDict(extra="forbid", frozen=True, defer_build=True)

OneLine = Annotated[str, AfterValidator(_one_line)]
SomeLines = Annotated[str, AfterValidator(_some_lines)]
Number = Annotated[OneLine, Field(min_length=1, max_length=64), AfterValidator(_number)]
Amount = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(max_digits=18, decimal_places=6),
    AfterValidator(_unsign_zero),
]
Day = Annotated[date, BeforeValidator(_day)]


class Line(BaseModel):
    """One line of a document; a negative quantity is a credit. `tax_rate` is in per cent."""

    model_config = _STRICT

    description: Annotated[SomeLines, Field(min_length=1, max_length=2000)]
    quantity: Amount = Decimal(1)
    unit: Annotated[OneLine, Field(max_length=40)] = ""
    unit_price: Amount
    tax_rate: Annotated[Amount, Field(ge=0, le=100)] = Decimal(0)


class Document(BaseModel):
    """An invoice or an estimate, whole, as written; `totals()` is the only place it is added up."""

    model_config = _STRICT

    type: Literal["invoice", "estimate"]
    number: Number
    client: Annotated[OneLine, Field(min_length=1, max_length=200)]
    contacts: tuple[Annotated[str, AfterValidator(parse_address)], ...] = ()
    issued: Day
    due: Day | None = None
    valid_until: Day | None = None
    currency: Annotated[str, AfterValidator(_currency)]
    reference: Annotated[OneLine, Field(max_length=200)] = ""
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=1000)]
    notes: Annotated[SomeLines, Field(max_length=20_000)] = ""
    attachments: tuple[Annotated[OneLine, Field(min_length=1)], ...] = ()

    @model_validator(mode="after")
    def _check_dates(self) -> Document:
        if self.type == "invoice" and self.valid_until:
            raise ValueError(_ESTIMATE_ONLY)
        if self.type == "estimate" and self.due:
            raise ValueError(_INVOICE_ONLY)
        if (self.due or self.valid_until or self.issued) < self.issued:
            raise ValueError("ends before it is issued: look at issued, due and valid_until")
        return self

    @model_validator(mode="after")
    def _check_total(self) -> Document:
        if abs(to_minor(self.totals().gross, self.currency)) > _MOST_MINOR:
            raise ValueError("adds up to more than can be kept: look at quantity and unit_price")
        return self

    def totals(self) -> Totals:
        """Return line amounts, net, tax per rate and gross, at the currency's precision."""
        rows = ((line.quantity, line.unit_price, line.tax_rate) for line in self.lines)
        return add_up(rows, self.currency)

    def canonical(self) -> str:
        """Return the content as JSON text in which equal documents are equal, for the store."""
        plain = self.model_dump(mode="json", exclude={"contacts", "attachments"})
        for line, row in zip(self.lines, plain["lines"], strict=True):
            row |= {k: _plain(getattr(line, k)) for k in ("quantity", "unit_price", "tax_rate")}
        return json.dumps(plain, ensure_ascii=False, sort_keys=True)


def read_document(path: Path, currency: str) -> Document:
    """Return the document in a `.json` or `.toml` file; `currency` is used where it names none.

    Raises `BadInput` that lists every fault of the file at once.
    """
    return check_document(load_fields(path), currency, str(path))


def check_document(fields: Mapping[str, Any], currency: str, source: str) -> Document:
    """Return the document of a file's fields; `source` names the file in what is said of faults.

    Raises `BadInput` that lists every fault at once.
    """
    try:
        return Document.model_validate({"currency": currency, **fields})
    except ValidationError as error:
        told = [e for e in error.errors() if not _is_echo(e)]
        faults = [f"{source}: {_place(e['loc'])}{_reason(e)}" for e in told]
        raise BadInput("\n".join(faults)) from None


def describe_differences(ours: str, theirs: str) -> tuple[str, ...]:
    """Return one line for each field in which two canonical texts differ: name, old, new."""
    old, new = _flatten(json.loads(ours)), _flatten(json.loads(theirs))
    fields = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)]
    return tuple(f"{key}: {_brief(old.get(key))} → {_brief(new.get(key))}" for key in fields)


def _flatten(plain: dict[str, Any]) -> dict[str, Any]:
    """Return a canonical document with a field for each field of a line: `line 2 quantity`."""
    flat = {key: value for key, value in plain.items() if key != "lines"}
    for number, line in enumerate(plain["lines"], 1):
        flat |= {f"line {number} {key}": value for key, value in line.items()}
    return flat


def load_fields(path: Path) -> dict[str, Any]:
    """Return the fields of a `.json` or `.toml` file, unchecked; raises `BadInput`."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as UTF-8 text ({error})") from None
    try:
        if path.suffix.lower() == ".toml":
            return tomllib.loads(text, parse_float=Decimal)
        raw = json.loads(
            text,
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_repeats,
        )
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is not valid {path.suffix[1:].upper()}: {error}") from None
    if not isinstance(raw, dict):
        raise BadInput(f"{path}: must hold one document, an object in braces")
    return raw


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice} is given twice")
    return fields


def _is_echo(error: Any) -> bool:
    """Tell whether a list is said to be too short only because its items have faults."""
    return (
        error["type"] == "too_short" and isinstance(error["input"], list) and error["input"] != []
    )


def _place(location: tuple[int | str, ...]) -> str:
    names = [str(part + 1) if isinstance(part, int) else part for part in location]
    if names[1:]:
        names[0] = names[0].replace("lines", "line")
    return " ".join(names) + ": " if names else ""


def _reason(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "is not a field of a document"
    if error["type"] == "missing":
        return "is missing"
    return str(error["msg"]).removeprefix("Value error, ")


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}" if number else "0"


def _brief(value: object) -> str:
    text = str(value) if value not in (None, "") else "nothing"
    return text if len(text) <= 120 else text[:117] + "…"
