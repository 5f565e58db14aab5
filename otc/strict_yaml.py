"""A YAML file -> frozen records, strictly: unknown, missing and repeated keys refused; times, codes, amounts are quoted text."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from otc.errors import BadNumber, ConfigError
from otc.money import parse

LARGEST_FILE_BYTES: Final = 1_000_000
DAY_END: Final = time.max
"""`24:00`: a window that never closes."""


def read_file(path: Path, wanted: Any) -> object:
    """Read one YAML file as a record type (a frozen dataclass, a tuple, a mapping); every departure from it is a ConfigError."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise ConfigError(f"{path}: larger than {LARGEST_FILE_BYTES} bytes; a configuration file is not.")
        content = yaml.load(path.read_text(encoding="utf-8"), _Strict)  # noqa: S506 - _Strict is a kind of SafeLoader
    except FileNotFoundError:
        raise ConfigError(f"{path}: the file is missing; restore it or name another folder with --config.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}).") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        where, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        line = (f" at line {where.line + 1}" if where else "") + (f" ({problem})" if problem else "")
        raise ConfigError(f"{path}: is not YAML{line}; mend it or restore the last version.") from None
    return _read(content, wanted, str(path), "")


class _Strict(yaml.SafeLoader):
    """Refuses a key that stands twice in one table, where YAML would take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """One table of the file as a dict; ConstructorError, with the line, names the key that stands twice."""
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _whole_number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
    """A whole number as YAML reads it, save that 010 is asked about: YAML takes it for eight."""
    if node.value.lstrip("+-").startswith("0") and len(node.value.lstrip("+-")) > 1:
        raise yaml.constructor.ConstructorError(
            None, None, f"{node.value} is not decimal; write it without the 0", node.start_mark
        )
    return loader.construct_yaml_int(node)


def _exact_number(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> object:
    """A number with a point as the Decimal that is written there; it never passes through a float."""
    try:
        return parse(node.value)
    except BadNumber:
        return loader.construct_yaml_float(node)  # 1:30.5, .inf, .nan: no record takes them


_Strict.add_constructor("tag:yaml.org,2002:int", _whole_number)
_Strict.add_constructor("tag:yaml.org,2002:float", _exact_number)


def listed(names: Any) -> str:
    """Names in order, for a sentence."""
    return ", ".join(str(name) for name in sorted(names)) or "none"


def _read(value: Any, wanted: Any, file: str, key: str) -> Any:
    """Check and convert one YAML value against a type of this module."""
    if wanted is object:
        return _as_yaml_has_it(value)
    origin, arguments = get_origin(wanted), get_args(wanted)
    if is_dataclass(wanted):
        return _read_record(value, cast(type, wanted), file, key)
    if origin is Literal:
        if value not in arguments or isinstance(value, bool):
            raise _refused(file, key, value, f"one of {listed(arguments)}")
        return value
    if origin in (Union, types.UnionType):
        inner = next(a for a in arguments if a is not type(None))
        return None if value == "" else _read(value, inner, file, key)
    if origin is tuple:
        if not isinstance(value, list):
            raise _refused(file, key, value, "a list")
        return tuple(_read(item, arguments[0], file, f"{key}[{n}]") for n, item in enumerate(value))
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, dict):
            raise _refused(file, key, value, "a table of keys and values")
        return {
            _read(k, arguments[0], file, _join(key, k)): _read(v, arguments[1], file, _join(key, k)) for k, v in value.items()
        }
    return _read_scalar(value, wanted, file, key)


def _as_yaml_has_it(value: Any) -> Any:
    """What is handed on as it is, to a library that knows no Decimals."""
    if isinstance(value, dict):
        return {key: _as_yaml_has_it(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_yaml_has_it(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def _read_record(value: Any, wanted: type, file: str, key: str) -> Any:
    hints = get_type_hints(wanted)
    known = {f.name.rstrip("_"): f for f in fields(wanted)}
    if not isinstance(value, dict):
        raise _refused(file, key, value, f"a table with {listed(known)}")
    for name in value:
        if name not in known:
            raise ConfigError(f"{file}: {_join(key, name)}: unknown key; allowed are {listed(known)}.")
    read = {}
    for name, declared in known.items():
        if name in value:
            read[declared.name] = _read(value[name], hints[declared.name], file, _join(key, name))
        elif declared.default is MISSING and declared.default_factory is MISSING:
            raise ConfigError(f"{file}: {_join(key, name)}: missing; needed are {listed(known)}.")
    return wanted(**read)


def _read_scalar(value: Any, wanted: Any, file: str, key: str) -> Any:
    if wanted is bool:
        if not isinstance(value, bool):
            raise _refused(file, key, value, "true or false")
        return value
    if wanted is int:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1_000_000:
            raise _refused(file, key, value, "a whole number from 0 to 1000000")
        return value
    if wanted is Decimal and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    if not isinstance(value, str):
        raise _refused(file, key, value, _EXAMPLES.get(wanted, 'quoted text like "text"'))
    if wanted is str:
        return value
    try:
        return _FROM_TEXT[wanted](value)
    except (ValueError, OSError, BadNumber, ZoneInfoNotFoundError):
        raise _refused(file, key, value, _EXAMPLES[wanted]) from None


def _read_time(text: str) -> time:
    read = DAY_END if text == "24:00" else time.fromisoformat(text)
    if read.tzinfo is not None:
        raise ValueError(text)
    return read


_FROM_TEXT: Final[dict[Any, Any]] = {
    Decimal: parse,
    date: date.fromisoformat,
    time: _read_time,
    ZoneInfo: ZoneInfo,
}
_EXAMPLES: Final[dict[Any, str]] = {
    Decimal: 'a plain number like "0.0021"',
    date: 'a quoted day like "2024-12-31"',
    time: 'a quoted time like "14:00"',
    ZoneInfo: 'a time zone like "Asia/Makassar"',
}


def _join(key: str, name: object) -> str:
    return f"{key}.{name}" if key else str(name)


def _refused(file: str, key: str, value: Any, allowed: str) -> ConfigError:
    return ConfigError(f"{file}: {key or 'the file'}: {value!r} stands there; allowed is {allowed}.")
