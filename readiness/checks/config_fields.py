"""From a check type's typed configuration to fields of a form, and back.

A type brings no form of its own: titles, descriptions and examples of its configuration are the labels, hints and
placeholders here. What this module does not know how to ask for in a kinder way is asked for as JSON, so that a new
type needs no change here.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import UnionType
from typing import Annotated, Any, Literal, TypeAliasType, Union, get_args, get_origin

from django import forms
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from readiness.checks.types.http_authz import Route

NEEDED = "This is needed."
INSIDE = "__"
"""Between a field and a field inside it: `rules__selector`."""
BLANK = object()
"""Nothing was typed, so the type's own default stands."""


class UnreadableError(ValueError):
    """What was typed can't be read; says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of a form. `show` makes what stands in it from a configuration's value, `read` a value (or BLANK) from
    what was typed.
    """

    field: forms.Field
    show: Callable[[Any], Any]
    read: Callable[[Any], Any]


def asked_for(model: type[BaseModel]) -> dict[str, Asked]:
    """Name in the form → how it is asked for; the fields of a field that is a model itself stand in its place."""
    return dict(_fields(model, "", ""))


def _fields(model: type[BaseModel], prefix: str, label: str) -> Iterator[tuple[str, Asked]]:
    for name, info in model.model_fields.items():
        kind = _bare(info.annotation)
        if _is_model(kind):
            yield from _fields(kind, f"{prefix}{name}{INSIDE}", f"{info.title or name}: ")
            continue
        asked = _ask(kind, info)
        asked.field.label = label + (info.title or name)
        asked.field.help_text = " ".join(filter(None, [info.description, str(asked.field.help_text)]))
        asked.field.required = _is_needed(asked.field, info) and not prefix
        asked.field.error_messages["required"] = NEEDED
        yield prefix + name, asked


def _is_needed(field: forms.Field, info: FieldInfo) -> bool:
    if isinstance(field, forms.BooleanField):
        return False
    is_one_choice = isinstance(field, forms.ChoiceField) and not isinstance(field, forms.MultipleChoiceField)
    return info.is_required() or is_one_choice  # one choice is always made


def shown(model: type[BaseModel], config: Mapping[str, Any]) -> dict[str, Any]:
    """The form's initial values for a configuration (JSON-ready)."""
    return {name: _show(asked, _at(config, name)) for name, asked in asked_for(model).items()}


def config_of(model: type[BaseModel], typed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The whole configuration that was typed, unjudged, and what could not be read: name in the form → sentence."""
    config: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, asked in asked_for(model).items():
        try:
            value = asked.read(typed.get(name))
        except UnreadableError as problem:
            problems[name] = str(problem)
            continue
        if value is not BLANK and not (value == [] and asked.field.required):
            _put(config, name, value)
    # A blank field is the default, said aloud: else what the checklist planned would come back through the back door.
    for name, info in model.model_fields.items():
        if name not in config and not info.is_required() and name not in problems:
            config[name] = info.get_default(call_default_factory=True)
    return config, problems


def _at(config: Mapping[str, Any], name: str) -> Any:
    outer, _, inner = name.partition(INSIDE)
    value = config.get(outer)
    return (value or {}).get(inner) if inner else value


def _put(config: dict[str, Any], name: str, value: Any) -> None:
    outer, _, inner = name.partition(INSIDE)
    if inner:
        config.setdefault(outer, {})[inner] = value
    else:
        config[outer] = value


def _show(asked: Asked, value: Any) -> Any:
    return "" if value is None else asked.show(value)


# Kinds of fields


def _bare(annotation: Any) -> Any:
    """Without aliases, constraints and "or None"."""
    while True:
        if isinstance(annotation, TypeAliasType):
            annotation = annotation.__value__
        elif get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            some = [one for one in get_args(annotation) if one is not type(None)]
            if len(some) != 1:
                return annotation
            annotation = some[0]
        else:
            return annotation


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _ask(kind: Any, info: FieldInfo) -> Asked:
    example = info.examples[0] if info.examples else ""
    if kind is bool:
        return Asked(forms.BooleanField(), bool, bool)
    if kind in (int, float):
        widget = forms.NumberInput(attrs={"step": 1 if kind is int else "any", "placeholder": example})
        return Asked(forms.CharField(widget=widget), _show_number, _text)
    if kind is str:
        return Asked(forms.CharField(widget=forms.TextInput(attrs={"placeholder": example})), str, _text)
    if kind is date:
        return Asked(forms.CharField(widget=forms.TextInput(attrs={"type": "date"})), str, _text)
    if get_origin(kind) is Literal:
        return Asked(forms.ChoiceField(choices=_choices(kind)), str, _text)
    if get_origin(kind) is tuple:
        return _ask_many(_bare(get_args(kind)[0]), example)
    if get_origin(kind) is Mapping:
        return _lines(example, _show_pairs, _read_pairs, "One a line, as name: words.")
    return _lines(example, _show_json, _read_json, "As JSON.")


def _ask_many(kind: Any, example: Any) -> Asked:
    if get_origin(kind) is Literal:
        field = forms.MultipleChoiceField(choices=_choices(kind), widget=forms.CheckboxSelectMultiple)
        return Asked(field, list, list)
    if kind is Route:
        return _lines(example, lambda routes: "\n".join(map(_show_route, routes)), _each(_read_route))
    if kind in (str, int, float):
        return _lines(example, lambda values: "\n".join(map(str, values)), _each(str))
    if _is_model(kind) and all(_bare(info.annotation) is str for info in kind.model_fields.values()):
        return _ask_rows(kind, example)
    return _lines(example, _show_json, _read_json, "As JSON.")


def _ask_rows(kind: type[BaseModel], example: Any) -> Asked:
    """Entries of nothing but texts: a line each, with bars between. Bars without space around them belong to a text."""
    names = list(kind.model_fields)
    form = " | ".join(info.title or name for name, info in kind.model_fields.items())

    def read(line: str) -> dict[str, str]:
        texts = re.split(r"\s+\|\s+", line, maxsplit=len(names) - 1)
        if len(texts) < len(names):
            raise UnreadableError(f"Write each line as {form}; “{line[:60]}” lacks a part.")
        return dict(zip(names, texts, strict=True))

    def show(entries: Any) -> str:
        return "\n".join(" | ".join(str(entry[name]) for name in names) for entry in entries)

    return _lines(example, show, _each(read), f"One a line, as {form}.")


def _choices(kind: Any) -> list[tuple[str, str]]:
    return [(str(value), str(value).replace("_", " ")) for value in get_args(kind)]


def _lines(example: Any, show: Callable[[Any], str], read: Callable[[str], Any], how: str = "One a line.") -> Asked:
    attributes = {"rows": 3, "placeholder": show(example) if example else "", "class": "mono"}
    field = forms.CharField(widget=forms.Textarea(attrs=attributes), help_text=how)
    return Asked(field, show, lambda typed: read(typed or ""))


def _show_number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _text(typed: str | None) -> Any:
    return (typed or "").strip() or BLANK


def _entries(typed: str) -> list[str]:
    return [line.strip() for line in typed.splitlines() if line.strip()]


def _each(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """One entry a line. An empty list is an answer, too: none of them."""
    return lambda typed: [read(line) for line in _entries(typed)]


def _show_route(route: Mapping[str, Any]) -> str:
    return f"{route.get('method', 'GET')} {route.get('path') or route.get('url') or ''}"


def _read_route(line: str) -> dict[str, str]:
    method, _, place = line.partition(" ")
    if not place:
        method, place = "GET", line
    return {"method": method.upper(), "path" if place.lstrip().startswith("/") else "url": place.strip()}


def _show_pairs(pairs: Mapping[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in pairs.items())


def _read_pairs(typed: str) -> Any:
    pairs = dict(_pair(line) for line in _entries(typed))
    return pairs or BLANK


def _pair(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise UnreadableError(f"Write each line as name: words; “{line[:60]}” has no colon.")
    return name.strip(), value.strip()


def _show_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else list(value) if isinstance(value, Iterable) else str(value)


def _read_json(typed: str) -> Any:
    if not typed.strip():
        return BLANK
    try:
        return json.loads(typed)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"This is not JSON: {error}.") from error
