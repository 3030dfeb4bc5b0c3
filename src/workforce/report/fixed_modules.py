"""Modules that cannot be changed: in a published run the library's names keep their meaning, and its tables of constants their content.

It is a file of its own because the kernel runs as `__main__`, and an error is described only where a module of the library raised it.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import MappingProxyType, ModuleType
from typing import Final, NoReturn

from workforce.errors import DisclosureError

PACKAGE: Final = "workforce"


class FixedModule(ModuleType):
    """A module whose names cannot be given another meaning from outside."""

    def __setattr__(self, name: str, value: object) -> None:
        if sys.modules.get(f"{self.__name__}.{name}") is not value:
            _refuse()
        super().__setattr__(name, value)  # the import system puts a module into its package

    def __delattr__(self, name: str) -> None:
        _refuse()


def _refuse() -> NoReturn:
    raise DisclosureError(
        "a module of the library cannot be changed in a published run", hint="pass options to the library's functions"
    )


class _Loader(SourceFileLoader):
    """Loads a module of the library, and fixes it before anybody has it."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        _fix(module)


class _Finder(PathFinder):
    """Finds the modules of the library for `_Loader`."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{PACKAGE}."):
            return None
        spec = super().find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def fix_modules() -> None:
    """Fix the modules of the library that are loaded, and each that is loaded from now on."""
    for name, module in list(sys.modules.items()):
        if name == PACKAGE or name.startswith(f"{PACKAGE}."):
            _fix(module)
    sys.meta_path.insert(0, _Finder)


def _fix(module: ModuleType) -> None:
    constants = {
        name: value for name, value in vars(module).items() if type(value) is dict and not name.startswith("_")
    }
    vars(module).update({name: MappingProxyType(value) for name, value in constants.items()})
    module.__class__ = FixedModule
