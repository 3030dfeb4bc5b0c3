"""Numbers that a law, a published method or this project's measure book sets, each defined once with its source.

The texts of the book quote them by name: ``{plan_weeks}`` is `PLAN_WEEKS`.
"""

from typing import Final

# Deadlines. Day 1 is the day of receipt: within n weeks means that at most 7n - 1 days have passed.
PLAN_WEEKS: Final = 20
"""Weeks from the request to the final plan: SEND Regulations 2014, regulation 13(2)."""
NO_PLAN_WEEKS: Final = 16
"""Weeks from the request to the decision that there will be no plan: SEND Regulations 2014, regulation 10(1)."""
DECISION_WEEKS: Final = 6
"""Weeks from the request to the decision whether to assess: SEND Regulations 2014, regulation 5(1)."""
ADVICE_WEEKS: Final = 6
"""Weeks in which advice has to be given: SEND Regulations 2014, regulation 8(1)."""
REVIEW_WEEKS: Final = 4
"""Weeks from the review meeting to the decision: SEND Regulations 2014, regulation 20(10)."""
REVIEW_MONTHS: Final = 12
"""Months from the day on which a plan was made or last reviewed to its next review: Children and Families Act 2014, section 44(1)."""
TRANSFER_DAY: Final = "15 February"
"""Day by which the plan is reviewed and amended in the year of a transfer: SEND Regulations 2014, regulation 18(1)(b)."""
POST_16_TRANSFER_DAY: Final = "31 March"
"""The same, for a transfer from secondary school to a post-16 institution: SEND Regulations 2014, regulation 18(1)(a)."""
MONTH_OF_TRANSFERS: Final = 9
"""September, in which children move phase; a plan is reviewed within 12 months of it: SEND Regulations 2014, regulation 18(1)."""
THERAPY_WEEKS: Final = 18
"""Weeks from referral to being seen: the NHS waiting-time standard."""
LONG_WAIT_WEEKS: Final = 52
"""Weeks beyond which NHS England reports a wait as long: Community health services waiting lists."""

# Staff.
FULL_WEEK: Final = 7
"""Days. A gap of at least a full week breaks continuous employment: Employment Rights Act 1996, sections 210 to 212."""
PIPELINE_AGE: Final = 55
"""Age from which staff are counted as near retirement: the earliest age of most public-service pensions."""
DAYS_IN_A_YEAR: Final = 365.25
"""Days of the mean year, to which rates are annualised, as DfE's monthly attrition estimates are."""
DAYS_IN_A_WEEK: Final = 7
"""Days, for deadlines and waits in weeks."""

# Absence.
WORKING_DAYS_OF_A_YEAR: Final = 253
"""Working days of a year: DfE, Children's social work workforce: methodology."""
WORKING_DAYS_OF_A_LEAP_YEAR: Final = 254
"""The same, where the year contains 29 February."""
FEWEST_DAYS_AVAILABLE: Final = 330
"""FTE days available at or below which no rate is shown: NHS England, NHS sickness absence rates: methodology."""
LONG_ABSENCE_DAYS: Final = 28
"""Calendar days from which an absence is long: measure book of this project."""

# Disclosure.
GROUP_SIZE: Final = 5
"""People. The smallest group of which partners exchange counts, unless they agreed another: measure book of this project."""

SMALL_BODY: Final = 150
"""People in post below which a board sees financial years and no series by month or quarter: measure book of this project."""

# Pay.
WEEKS_IN_A_YEAR: Final = 52.143
"""Weeks by which annual pay is divided, with full-time hours, into hourly pay: NJC, NHS Employers."""
