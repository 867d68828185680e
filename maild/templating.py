"""Templates: found in the business's own folder first, strict about names, escaped in HTML.

Money, dates and sizes are written as people write them, in the business's locale, only here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import suppress
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.core import Locale
from babel.dates import format_date, format_time, get_timezone
from babel.numbers import format_currency, format_decimal
from jinja2 import (
    BytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
    pass_context,
    select_autoescape,
)
from jinja2.bccache import Bucket
from jinja2.meta import find_referenced_templates
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from maild.errors import BadTemplate
from maild.money import count_decimals, round_money

# amounts and days in writing, kept for the next letter
_REMEMBERED = 1024


def ink_on(colour: str) -> str:
    """Return black or white, whichever reads better on a colour written as #rrggbb.

    One of the two always has a contrast ratio of 4.5 or more (WCAG 2.2, 1.4.3).
    """
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"


def templates_folder() -> Path:
    """Return the folder of the templates that ship with maild, installed or in a checkout."""
    inside = Path(__file__).parent / "templates"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "templates"


def _at_render(write: Callable[..., str]) -> Callable[..., str]:
    """Return a filter that no constant goes through while a template is compiled for all."""

    @pass_context
    def run(_: Context, *values: object, **named: object) -> str:
        return write(*values, **named)

    return run


@lru_cache(_REMEMBERED)
def _write_money(amount: Decimal, currency: str, locale: str) -> str:
    coins = count_decimals(currency)
    return _write_currency(amount, currency, locale, f".{'0' * coins}" if coins else "")


def _write_currency(amount: Decimal, currency: str, locale: str, decimals: str) -> str:
    """Write an amount with our decimals, a pattern, and not with those that babel has for it."""
    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    return format_currency(
        amount,
        currency,
        format=pattern.replace("0.00", f"0{decimals}"),
        locale=locale,
        currency_digits=False,
    )


@lru_cache(_REMEMBERED)
def _write_date(day: date, locale: str) -> str:
    return format_date(day, format="long", locale=locale)


@lru_cache(_REMEMBERED)
def _write_number(value: Decimal, locale: str) -> str:
    return format_decimal(value, format="#,##0.######", locale=locale)


class _Sandbox(SandboxedEnvironment):
    """Jinja's sandbox, which judges once and not each time what templates may read of a class."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._judged: dict[tuple[type, str], bool] = {}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what a template reads of an object, as Jinja does for what is not known yet."""
        if self._judged.get((obj.__class__, attribute)) and not isinstance(obj, str):
            with suppress(AttributeError):
                return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Tell whether a template may read an attribute: by its name and the object's class."""
        place = (obj.__class__, attr)
        if place not in self._judged:
            self._judged[place] = super().is_safe_attribute(obj, attr, value)
        return self._judged[place]


class _Compiled(BytecodeCache):
    """Templates compiled once for all locales, kept in memory."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket with what is known of its template; stale code is passed over."""
        if code := self._codes.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what the bucket's template was compiled to."""
        self._codes[bucket.key] = bucket.bytecode_to_string()


class Templates:
    """Renders the templates of mail, web and PDF in one locale and time zone."""

    def __init__(
        self, *, locale: str, time_zone: str, override: Path | None = None, **shared: object
    ) -> None:
        """Take the locale, the zone, an overriding folder, and names every template may use."""
        self._others: dict[str, Templates] = {}
        self._folders = [folder for folder in (override, templates_folder()) if folder]
        self._locale = locale
        self._zone = get_timezone(time_zone)
        self._editions: dict[str, tuple[Template, ...]] = {}
        self._folder_loader = FileSystemLoader(self._folders)
        self._environment = _Sandbox(
            loader=self._folder_loader,
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            bytecode_cache=_Compiled(),
        )
        self._environment.globals.update(shared)
        self._set_filters()

    def for_locale(self, locale: str) -> Templates:
        """Return the same templates with money and dates as a locale writes them.

        They are made once for each; an empty locale is their own.
        """
        if locale in ("", self._locale):
            return self
        if locale not in self._others:
            other = copy(self)
            other._locale = locale
            other._environment = self._environment.overlay()
            other._editions = {}
            other._set_filters()
            self._others[locale] = other
        return self._others[locale]

    def _set_filters(self) -> None:
        ours = (self.money, self.price, self.date, self.moment, self.time, self.number)
        written = {write.__name__: _at_render(write) for write in (*ours, self.filesize)}
        self._environment.filters = self._environment.filters | written | {"ink": ink_on}

    def render(self, name: str, context: Mapping[str, object]) -> str:
        """Return the rendered template; raises `BadTemplate` naming file, line and fault."""
        try:
            return self._environment.get_template(name).render(context)
        except TemplateNotFound as error:
            raise BadTemplate(f"template {error.name} is missing") from None
        except TemplateSyntaxError as error:
            raise BadTemplate(f"{error.filename}:{error.lineno}: {error.message}") from None
        except UndefinedError as error:
            raise BadTemplate(f"{self._where(name, error)}: {error.message}") from None
        except TemplateError as error:
            raise BadTemplate(f"{name}: {error}") from None

    def edition(self, name: str) -> Hashable:
        """Return what is equal only for a template, and all it is made of, as they stand now."""
        parts = self._editions.get(name, ())
        if not parts or not all(part.is_up_to_date for part in parts):
            try:
                parts = self._editions[name] = self._take_apart(name)
            except TemplateError:
                # to be told by whoever renders it
                return object()
        return parts

    def _take_apart(self, name: str) -> tuple[Template, ...]:
        """Load a template and all it extends, imports or includes; raises `TemplateError`."""
        found: dict[str, Template] = {}
        waiting = [name]
        while waiting:
            part = waiting.pop()
            if part not in found:
                found[part] = self._environment.get_template(part)
                waiting += self._references(part)
        return tuple(found.values())

    def _references(self, name: str) -> Iterator[str]:
        source, *_ = self._folder_loader.get_source(self._environment, name)
        for named in find_referenced_templates(self._environment.parse(source)):
            if named is None:
                raise TemplateError("what it is made of is known when it is rendered")
            yield named

    def find(self, name: str) -> Path:
        """Return the file a template name stands for; raises `BadTemplate` when there is none."""
        for folder in self._folders:
            if (folder / name).is_file():
                return folder / name
        raise BadTemplate(f"template {name} is missing")

    def check(self) -> tuple[str, ...]:
        """Return every syntax fault of every template, each with file and line."""
        faults = []
        for name in self._environment.list_templates(extensions=["txt", "html"]):
            try:
                self._environment.get_template(name)
            except TemplateSyntaxError as error:
                faults.append(f"{error.filename}:{error.lineno}: {error.message}")
        return tuple(faults)

    def money(self, amount: Decimal, currency: str) -> str:
        """Write an amount: £1,234.50; halves were rounded up before babel sees them."""
        return _write_money(round_money(amount, currency), currency, self._locale)

    def price(self, amount: Decimal, currency: str) -> str:
        """Write a price of one unit, in full where it is finer than the coins: £0.0125."""
        if amount == round_money(amount, currency):
            return self.money(amount, currency)
        coins = "0" * count_decimals(currency)
        finer = f".{coins}{'#' * (6 - len(coins))}"
        return _write_currency(amount, currency, self._locale, finer)

    def month(self, day: date) -> str:
        """Write the month of a day: November 2026."""
        return format_date(day, "LLLL y", locale=self._locale)

    def date(self, day: date) -> str:
        """Write a day: 1 November 2026."""
        return _write_date(day, self._locale)

    def moment(self, moment: datetime) -> str:
        """Write an instant in the business's time zone: 1 Nov 2026, 09:30."""
        day = format_date(moment.astimezone(self._zone), format="medium", locale=self._locale)
        return f"{day}, {self.time(moment)}"

    def time(self, moment: datetime) -> str:
        """Write the time of day of an instant in the business's time zone: 09:30."""
        return format_time(moment.astimezone(self._zone), format="short", locale=self._locale)

    def number(self, value: Decimal) -> str:
        """Write a number without trailing zeros: 2.5, 1,000."""
        return _write_number(value.normalize(), self._locale)

    def filesize(self, size: int) -> str:
        """Write a size in bytes: 12 kB, 3.4 MB."""
        if size < 1_000_000:
            return f"{max(1, round(size / 1000))} kB"
        return f"{self.number(Decimal(size).scaleb(-6).quantize(Decimal('0.1')))} MB"

    def _where(self, name: str, error: BaseException) -> str:
        """Return template file and line of the innermost template frame of a traceback."""
        place, trace = name, error.__traceback__
        while trace:
            code = trace.tb_frame.f_code
            if code.co_filename.endswith((".html", ".txt")):
                place = f"{code.co_filename}:{trace.tb_lineno}"
            trace = trace.tb_next
        return place
