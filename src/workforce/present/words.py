"""`wf.words`: sentences made from what was released, and from the settings."""

from workforce.present.kinds.bars import bars_title
from workforce.present.kinds.bounds import bounds_sentence
from workforce.present.kinds.capacity import capacity_sentence
from workforce.present.kinds.funnel import funnel_title
from workforce.present.kinds.hazards import curves_sentence, hazard_sentence, hazards_title
from workforce.present.kinds.official import (
    at_a_glance,
    benchmark_title,
    neighbours_sentence,
    nhs_title,
    standing_title,
)
from workforce.present.kinds.outlook import looked_back_sentence
from workforce.present.kinds.pay import costs_sentence, decomposition_sentence, equity_sentence, who_pays_more
from workforce.present.kinds.recruitment import hiring_sentence, posts_sentence, reasons_sentence
from workforce.present.kinds.retention import retention_title
from workforce.present.kinds.trend import change_sentence, movement, trend_title
from workforce.present.kinds.xmr import variation_sentence, variation_title
from workforce.present.text.captions import coverage_sentence, withheld_sentence
from workforce.present.text.numbers import number, percent
from workforce.present.text.settings import (
    Decision,
    decision_sentence,
    limit_sentence,
    roles_sentence,
    setting,
    weights_sentence,
)
from workforce.present.text.text import Text
from workforce.present.text.withheld import withheld_note

__all__ = [
    "Decision",
    "Text",
    "at_a_glance",
    "bars_title",
    "benchmark_title",
    "bounds_sentence",
    "capacity_sentence",
    "change_sentence",
    "costs_sentence",
    "coverage_sentence",
    "curves_sentence",
    "decision_sentence",
    "decomposition_sentence",
    "equity_sentence",
    "funnel_title",
    "hazard_sentence",
    "hazards_title",
    "hiring_sentence",
    "limit_sentence",
    "looked_back_sentence",
    "movement",
    "neighbours_sentence",
    "nhs_title",
    "number",
    "percent",
    "posts_sentence",
    "reasons_sentence",
    "retention_title",
    "roles_sentence",
    "setting",
    "standing_title",
    "trend_title",
    "variation_sentence",
    "variation_title",
    "weights_sentence",
    "who_pays_more",
    "withheld_note",
    "withheld_sentence",
]


def __dir__() -> list[str]:
    return __all__
