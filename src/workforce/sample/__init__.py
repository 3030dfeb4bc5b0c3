"""The sample partnership: a seeded, fictional local area of any size, whose truths are known.

`make_area` gives canonical frames, `write_sample` files in each organisation's own layout with their area.toml.

What is true by construction (`TRUTHS`; data/README.md has the numbers, tests/golden/test_sample_truths.py finds them again):

- Leaving follows a Weibull law of service. By pay quarter within the staff group people leave 1.0, 1.15, 1.4 and 1.8 times as fast.
- A caseworker leaves 1.2 times as fast for every 5 further cases per FTE.
- Saltreach is truly sicker: 1.35 times as many absences begin, given age and staff group. Corfen Vale is only older: its risk at each age
  is everyone's. Gannet Isle has exactly six staff.

The same seed gives the same frames and bytes. There is no real person, place or body in it.
"""

from workforce.sample.area import Area, make_area
from workforce.sample.design import TRUTHS, Truths
from workforce.sample.writing import data_dictionary, write_sample

__all__ = ["TRUTHS", "Area", "Truths", "data_dictionary", "make_area", "write_sample"]
