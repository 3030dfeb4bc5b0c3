"""Sentences about casework that are made from the settings: how cases are weighed."""

from collections.abc import Mapping

from workforce.present.numerals import listed
from workforce.present.text import Text, _of_settings
from workforce.present.view import worded
from workforce.sealed import number_given, text_given


def weights_sentence(weights: Mapping[str, float]) -> Text:
    """How much a case of each type counts in a weighted caseload, or that each counts one.

    Parameters
    ----------
    weights : mapping of str to float
        For each type of case what it counts, as in the settings.

    Returns
    -------
    Text
        The sentence, or sentences.

    Examples
    --------
    >>> weights_sentence({"ehc_assessment": 1.5}).text
    'A case counts by its type: EHC assessment 1.5; a case of any other type counts 1.'
    >>> weights_sentence({}).text
    'No weights by type of case are agreed: every case counts 1.'
    """
    agreed = {text_given(kind, "weights"): number_given(weight, "weights") for kind, weight in weights.items()}
    if not agreed:
        return _of_settings("No weights by type of case are agreed: every case counts 1.")
    types = listed([f"{worded(kind, 'case_type')} {weight:g}" for kind, weight in sorted(agreed.items())])
    return _of_settings(f"A case counts by its type: {types}; a case of any other type counts 1.", weights=agreed)
