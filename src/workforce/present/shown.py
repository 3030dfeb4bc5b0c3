"""What a page shows: a figure, a table or a sentence of the library, with its disclosure rule and where its content came from."""

from typing import Any, Protocol

from workforce.errors import DisclosureError
from workforce.sealed import Provenance, Sealed
from workforce.signature import KIND, _signature

SETTINGS = "settings"
"""The rule of a sentence that is made from the area's settings alone: a page of any rule may show it."""


class Source(Protocol):
    """What a figure, a table or a sentence is made from."""

    @property
    def rule(self) -> str:
        """The disclosure rule that was applied."""

    @property
    def _provenance(self) -> Provenance: ...


class Shown(Sealed):
    """Base of the three things that a page shows. In a published run it signs what it shows."""

    __slots__ = ()

    rule: str
    _provenance: Provenance

    def _repr_html_(self) -> str:
        raise NotImplementedError

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        del include, exclude
        html = self._repr_html_()
        signature = _signature(html, self.rule, self._provenance)
        return {"text/html": html, "text/plain": str(self), **({KIND: signature} if signature else {})}


def checked(value: object, kind: type[Sealed]) -> None:
    """Refuse anything that the library has not made."""
    if not isinstance(value, kind):
        raise DisclosureError(
            "something was given that has not been released",
            hint='use wf.release(result, rule="board") and show what it returns',
        )


def one_rule(*sources: Source) -> str:
    """Return the rule under which all the sources were released; refuse several."""
    rules = sorted({source.rule for source in sources})
    if len(rules) != 1:
        raise DisclosureError(
            "what is shown together was released under several rules: {rules}",
            hint="release it under one rule",
            rules=rules,
        )
    return rules[0]
