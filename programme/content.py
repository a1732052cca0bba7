"""Reading ``content/``: strict, and with messages that a person without a programmer's eye can act on."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from programme.errors import ContentError

CONTENT_DIR = Path(__file__).parent.parent / "content"


class ContentModel(BaseModel):
    """Base of each entry: unknown keys are refused, nothing changes once loaded."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _UniqueKeyLoader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys without a word; here the second one is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(None, None, "a key is one word", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"« {key} » is written twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """The data of one YAML file.

    Raises:
        ContentError: the file is not YAML in UTF-8, or repeats a key.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise ContentError(f"{path}: not valid YAML: {error}") from error
    except UnicodeDecodeError as error:
        raise ContentError(f"{path}: not saved as UTF-8: {error}") from error
    except ValueError as error:  # YAML reads 2026-04-31 as a date
        raise ContentError(f"{path}: not a day of the calendar: {error}") from error


def read_entries(path: Path) -> list[Any]:
    """The entries of a file that is a list. Raises ContentError."""
    entries = read_yaml(path)
    if not isinstance(entries, list):
        raise ContentError(f"{path}: expected a list of entries, each starting with « - »")
    return entries


Model = TypeVar("Model", bound=ContentModel)


def parse(model: type[Model], data: Any, where: str) -> Model:
    """``data`` as ``model``; ``where`` (file and entry) opens the message of a ContentError."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc']) or 'entry'}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise ContentError(f"{where}: {problems}") from error


def read_folder(model: type[Model], folder: Path, *, key: str = "id") -> dict[str, Model]:
    """The files of a folder, one entry each, by ``key``: the file's own name. Raises ContentError."""
    found = {}
    for path in sorted(folder.glob("*.yml")):
        entry = parse(model, read_yaml(path), str(path))
        if getattr(entry, key) != path.stem:
            raise ContentError(f"{path}: {key} is {getattr(entry, key)}, the file's name says {path.stem}")
        found[path.stem] = entry
    return found
