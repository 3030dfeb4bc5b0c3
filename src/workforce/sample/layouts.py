"""Every kind of organisation with its layouts.

Promises: a layout for each of the five kinds. Refuses: nothing.
"""

from collections.abc import Mapping
from typing import Final

from workforce.sample.layout import Layout
from workforce.sample.layout_council import COUNCIL
from workforce.sample.layout_nhs import NHS
from workforce.sample.layout_partners import ICB, PSYCHOLOGY, SCHOOLS

LAYOUTS: Final[Mapping[str, tuple[Layout, ...]]] = {
    "council": COUNCIL,
    "psychology": PSYCHOLOGY,
    "nhs": NHS,
    "schools": SCHOOLS,
    "icb": ICB,
}
