"""A document's content as its author wrote it: read, checked, added up, compared."""

from __future__ import annotations

import json
import tomllib
import unicodedata
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
from maild.money import Totals, add_up

_ESTIMATE_ONLY = "only an estimate has valid_until; an invoice has due"
_INVOICE_ONLY = "only an invoice has due; an estimate has valid_until"


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
    if text.lower().endswith(".pdf") or text in {".", ".."}:
        raise ValueError("cannot be a document number")
    return text


def _decimal(value: object) -> object:
    if isinstance(value, bool | float):
        raise ValueError('must be a number in quotes, such as "12.50"')
    return value


def _currency(text: str) -> str:
    if text not in get_global("all_currencies"):
        raise ValueError(f"{text!r} is not a currency code such as GBP")
    return text


def _day(value: object) -> object:
    if isinstance(value, str | date):
        return value
    raise ValueError('must be a date such as "2026-11-01"')


OneLine = Annotated[str, AfterValidator(_one_line)]
Number = Annotated[
    str, Field(min_length=1, max_length=64), AfterValidator(_one_line), AfterValidator(_number)
]
Amount = Annotated[Decimal, BeforeValidator(_decimal), Field(max_digits=18, decimal_places=6)]
Day = Annotated[date, BeforeValidator(_day)]


class Line(BaseModel):
    """One line of a document; a negative quantity is a credit. `tax_rate` is in per cent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_some_lines)]
    quantity: Amount = Decimal(1)
    unit: Annotated[OneLine, Field(max_length=40)] = ""
    unit_price: Amount
    tax_rate: Annotated[Amount, Field(ge=0, le=100)] = Decimal(0)


class Document(BaseModel):
    """An invoice or an estimate, whole, as written; `totals()` is the only place it is added up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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
    notes: Annotated[str, Field(max_length=20_000), AfterValidator(_some_lines)] = ""
    attachments: tuple[OneLine, ...] = ()

    @model_validator(mode="after")
    def _check_dates(self) -> Document:
        if self.type == "invoice" and self.valid_until:
            raise ValueError(_ESTIMATE_ONLY)
        if self.type == "estimate" and self.due:
            raise ValueError(_INVOICE_ONLY)
        if (self.due or self.valid_until or self.issued) < self.issued:
            raise ValueError("ends before it is issued: look at issued, due and valid_until")
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
    raw = _load(path)
    raw.setdefault("currency", currency)
    try:
        return Document.model_validate(raw)
    except ValidationError as error:
        faults = [f"{path}: {_place(e['loc'])}{_reason(e)}" for e in error.errors()]
        raise BadInput("\n".join(faults)) from None


def describe_differences(ours: str, theirs: str) -> tuple[str, ...]:
    """Return one line for each field in which two canonical texts differ: name, old, new."""
    old, new = json.loads(ours), json.loads(theirs)
    fields = [key for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]
    return tuple(f"{key}: {_brief(old.get(key))} → {_brief(new.get(key))}" for key in fields)


def _load(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as UTF-8 text ({error})") from None
    try:
        if path.suffix.lower() == ".toml":
            return tomllib.loads(text, parse_float=Decimal)
        raw = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is not valid {path.suffix[1:].upper()}: {error}") from None
    if not isinstance(raw, dict):
        raise BadInput(f"{path}: must hold one document, an object in braces")
    return raw


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _place(location: tuple[int | str, ...]) -> str:
    names = [f"line {part + 1}" if isinstance(part, int) else str(part) for part in location]
    return " ".join(names).replace("lines line", "line") + ": " if names else ""


def _reason(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "is not a field of a document"
    if error["type"] == "missing":
        return "is missing"
    return str(error["msg"]).removeprefix("Value error, ")


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}" if number else "0"


def _brief(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    return text if len(text) <= 120 else text[:117] + "…"
