"""Each sentence of the sample's pages that claims a change or a difference has a test behind it."""

import re
import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
CLAIMS = Path(__file__).parents[1] / "comparison" / "claims.py"


def test_every_claim_of_the_sample_has_a_test_and_is_in_the_list_that_was_read():
    program = runpy.run_path(str(CLAIMS))
    claims = program["listed"]([])
    assert len(claims) > 20
    assert [claim.sentence for claim in claims if not claim.test] == []
    assert CLAIMS.with_suffix(".md").read_text(encoding="utf-8") == program["as_markdown"](claims)
    assert re.search(r"rose|fell|(higher|lower) in", program["as_markdown"](claims))
