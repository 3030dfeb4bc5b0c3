"""Sentences about casework that are chosen from the settings: how cases are weighed.

Promises: no sentence that the figures beside it could contradict. Refuses: nothing.
"""

from collections.abc import Mapping

from workforce.present.numerals import listed
from workforce.present.text import Text
from workforce.present.view import worded


def weights_sentence(weights: Mapping[str, float]) -> Text:
    """How much a case of each type counts in a weighted caseload, or that each counts one.

    >>> weights_sentence({"ehc_assessment": 1.5}).text
    'A case counts by its type: EHC assessment 1.5; a case of any other type counts 1.'
    >>> weights_sentence({}).text
    'No weights by type of case are agreed: every case counts 1.'
    """
    if not weights:
        return Text("No weights by type of case are agreed: every case counts 1.")
    said = listed([f"{worded(kind, 'case_type')} {weight:g}" for kind, weight in sorted(weights.items())])
    return Text(f"A case counts by its type: {said}; a case of any other type counts 1.")
