"""How the smaller partners keep their files: psychology in Parquet, schools in one workbook, the board in cp1252 text.

Promises: one to one codes, so that reading a file gives back what was made. Refuses: nothing.
"""

from typing import Final

from workforce.sample.layout import DESTINATIONS_IN_WORDS, POSTS, REASONS_IN_WORDS, RESULTS, SEX, VACANCIES, Layout

PSYCHOLOGY: Final = (
    Layout(
        "staff.parquet",
        "assignments",
        {
            "person_id": "person_ref",
            "role": "post",
            "staff_group": "profession",
            "grade": "scale",
            "team": "patch_team",
            "locality": "patch",
            "fte": "wte",
            "full_time_hours": "week",
            "annual_pay": "salary",
            "supplement": "retention_payment",
            "service_start": "service_from",
            "start_date": "valid_from",
            "end_date": "valid_to",
            "employment": "engaged_as",
            "contract": "contract",
            "status": "status",
            "birth_date": "born",
            "sex": "sex",
            "ethnicity": "ethnicity",
            "disability": "disability",
            "leaving_reason": "left_because",
            "leaving_destination": "left_for",
        },
        {
            "employment": {"employed": "E", "agency": "L"},
            "status": {"active": "A", "seconded_out": "S", "career_break": "C", "parental_leave": "P"},
        },
    ),
    Layout(
        "sickness.parquet",
        "absences",
        {"person_id": "person_ref", "start_date": "off_from", "end_date": "off_to", "reason": "why"},
    ),
    Layout("posts.parquet", "posts", POSTS),
    Layout("vacancies.parquet", "vacancies", VACANCIES, RESULTS),
    Layout(
        "exits.parquet",
        "exits",
        {
            "person_id": "person_ref",
            "leaving_date": "last_day",
            "reason": "main_reason",
            "would_return": "would_return",
        },
    ),
)

SCHOOLS: Final = (
    Layout(
        "people.xlsx",
        "assignments",
        {
            "person_id": "Staff ID",
            "role": "Post title",
            "staff_group": "Category",
            "grade": "Scale",
            "team": "Phase",
            "locality": "Locality",
            "fte": "FTE",
            "full_time_hours": "Hours",
            "annual_pay": "Salary (full time)",
            "service_start": "Joined trust",
            "start_date": "From",
            "end_date": "To",
            "employment": "Type",
            "contract": "Contract",
            "status": "Status",
            "birth_date": "Date of birth",
            "sex": "Sex",
            "leaving_reason": "Reason left",
            "leaving_destination": "Destination",
        },
        {
            "employment": {"employed": "Staff", "agency": "Supply"},
            "status": {
                "active": "In school",
                "seconded_out": "Seconded",
                "career_break": "Break",
                "parental_leave": "Parental",
            },
            "sex": SEX,
            "leaving_reason": REASONS_IN_WORDS,
            "leaving_destination": DESTINATIONS_IN_WORDS,
        },
        sheet="Staff",
    ),
    Layout(
        "people.xlsx",
        "absences",
        {"person_id": "Staff ID", "start_date": "From", "end_date": "To", "reason": "Reason", "days_lost": "Days"},
        sheet="Absence",
    ),
    Layout("people.xlsx", "posts", POSTS, sheet="Budget"),
    Layout("people.xlsx", "vacancies", VACANCIES, RESULTS, sheet="Vacancies"),
)

ICB: Final = (
    Layout(
        "workforce.csv",
        "assignments",
        {
            "person_id": "Ref",
            "role": "Position",
            "staff_group": "Function",
            "grade": "AfC band",
            "team": "Directorate team",
            "locality": "Place",
            "fte": "WTE",
            "full_time_hours": "Hours",
            "annual_pay": "Salary",
            "service_start": "Service date",
            "start_date": "Start date",
            "end_date": "End date",
            "employment": "Engagement",
            "contract": "Basis",
            "status": "Current status",
            "birth_date": "Birth date",
            "sex": "Sex",
            "ethnicity": "Ethnicity",
            "leaving_reason": "Leaver reason",
            "leaving_destination": "Leaver destination",
        },
        {
            "employment": {"employed": "Payroll", "agency": "Off payroll"},
            "status": {
                "active": "Working",
                "seconded_out": "On secondment",
                "career_break": "Career break",
                "parental_leave": "Parental leave",
            },
        },
        date_format="%d.%m.%Y",
        separator=";",
        encoding="cp1252",
        numbers="currency",
    ),
    Layout("posts.csv", "posts", POSTS, separator=";"),
    Layout("vacancies.csv", "vacancies", VACANCIES, RESULTS, separator=";"),
)
