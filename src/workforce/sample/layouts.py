"""How each kind of organisation keeps its files: columns, formats and codes. The same data writes the files and area.toml.

Codes are one to one, so that reading a file gives back what was made. The council keeps a payroll export with day/month/year, case systems
and a workbook for the budget; the trust, extracts like those of the NHS electronic staff record; psychology, Parquet; schools, one
workbook; the board, cp1252 text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from workforce.sample.people import ACTIVITY_CODES


@dataclass(frozen=True, slots=True)
class Layout:
    """One file (or sheet) of an organisation.

    columns: our column -> their header, in the order of the file. values: our column -> {our value: their code}. only: our column -> the
    values that this file holds, where a table is spread over several files. sorted_by: our columns in whose order their system exports.
    """

    path: str
    table: str
    columns: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    date_format: str | None = None
    separator: str = ","
    encoding: Literal["utf-8", "utf-8-sig", "cp1252"] = "utf-8"
    numbers: Literal["plain", "thousands", "currency"] = "plain"


SEX: Final = {"female": "F", "male": "M"}
REASONS_IN_WORDS: Final = {
    "resignation": "Resigned",
    "retirement": "Retired",
    "redundancy": "Redundancy",
    "dismissal": "Dismissed",
    "end_of_contract": "End of contract",
    "death": "Death in service",
    "other": "Other reason",
    "unknown": "Not recorded",
}
DESTINATIONS_IN_WORDS: Final = {
    "other_local_authority": "Another council",
    "nhs": "NHS",
    "agency": "Agency work",
    "other_sector": "Private or voluntary sector",
    "education": "School or college",
    "retirement": "Retirement",
    "unknown": "Not known",
}
VACANCIES: Final = {
    "vacancy_id": "Vacancy ref",
    "role": "Job title",
    "staff_group": "Job family",
    "team": "Team",
    "locality": "Area",
    "grade": "Grade",
    "fte": "FTE",
    "opened_date": "Post vacant from",
    "advertised_date": "Advertised",
    "offered_date": "Offer accepted",
    "closed_date": "Closed",
    "outcome": "Result",
    "applicants": "Applications",
    "shortlisted": "Shortlisted",
    "covered_by_agency_fte": "Agency cover FTE",
    "offers_made": "Offers",
    "offers_declined": "Offers declined",
}
COSTED: Final = {**VACANCIES, "cost": "Recruitment cost"}  # some know what filling a post cost them
POSTS: Final = {
    "role": "Job title",
    "staff_group": "Job family",
    "team": "Team",
    "locality": "Area",
    "grade": "Grade",
    "funded_fte": "Budgeted FTE",
    "start_date": "Funded from",
}
RESULTS: Final = {"outcome": {"filled": "Appointed", "withdrawn": "Withdrawn", "unfilled": "No appointment"}}
SEND_TYPES: Final = ("ehc_assessment", "ehc_plan")
COUNCIL: Final = (
    Layout(
        "staff.csv",
        "assignments",
        {
            "person_id": "Payroll No",
            "role": "Job title",
            "staff_group": "Job family",
            "grade": "Grade",
            "team": "Team",
            "locality": "Area",
            "fte": "FTE",
            "full_time_hours": "Standard hours",
            "annual_pay": "FTE salary",
            "supplement": "Market supplement",
            "service_start": "Continuous service",
            "start_date": "Start",
            "end_date": "End",
            "employment": "Worker type",
            "contract": "Contract",
            "status": "Status",
            "birth_date": "DOB",
            "sex": "Gender",
            "ethnicity": "Ethnic group",
            "disability": "Disabled",
            "leaving_reason": "Leaving reason",
            "leaving_destination": "Gone to",
        },
        {
            "employment": {"employed": "Employee", "agency": "Agency"},
            "contract": {"permanent": "Perm", "fixed_term": "FTC", "temporary": "Temp"},
            "status": {
                "active": "Active",
                "seconded_out": "Seconded out",
                "career_break": "Career break",
                "parental_leave": "Mat/pat leave",
            },
            "sex": SEX,
            "disability": {"yes": "Y", "no": "N", "unknown": "U"},
            "leaving_reason": REASONS_IN_WORDS,
            "leaving_destination": DESTINATIONS_IN_WORDS,
        },
        date_format="%d/%m/%Y",
        encoding="utf-8-sig",
        numbers="currency",
    ),
    Layout(
        "sickness.csv",
        "absences",
        {"person_id": "Payroll No", "start_date": "First day", "end_date": "Last day", "reason": "Reason"},
        {
            "reason": {
                "cold_flu": "Cold/flu",
                "stress": "Stress",
                "stomach": "Stomach",
                "musculoskeletal": "Muscle/joint",
                "back": "Back",
                "headache": "Head",
                "respiratory": "Chest",
                "infection": "Virus",
                "injury": "Injury",
                "other": "Other",
                "unknown": "Blank",
            }
        },
        date_format="%d/%m/%Y",
    ),
    Layout(
        "send_cases.csv",
        "cases",
        {
            "case_id": "Case",
            "child_id": "Child",
            "case_type": "Stage",
            "locality": "Area",
            "received_date": "Received",
            "closed_date": "Closed",
            "outcome": "Outcome",
            "outcome_date": "Outcome date",
            "exception": "Exception",
            "audit_grade": "Audit",
        },
        {
            "case_type": {"ehc_assessment": "EHCNA", "ehc_plan": "EHCP"},
            "outcome": {
                "plan_issued": "Plan",
                "request_refused": "Refused",
                "no_plan": "No plan",
                "withdrawn": "Withdrawn",
                "ceased": "Ceased",
                "moved_away": "Moved",
            },
            "exception": {"true": "Y", "false": "N"},
        },
        only={"case_type": SEND_TYPES},
        date_format="%d/%m/%Y",
    ),
    Layout(
        "social_care_cases.parquet",
        "cases",
        {
            "case_id": "case_ref",
            "child_id": "child_ref",
            "locality": "area",
            "received_date": "opened",
            "closed_date": "closed",
            "outcome": "closure_reason",
            "outcome_date": "closure_date",
        },
        {"outcome": {"needs_met": "NM", "stepped_down": "SD"}},
        only={"case_type": ("social_care",)},
        constants={"case_type": "social_care"},
    ),
    Layout(
        "caseworkers.parquet",
        "allocations",
        {
            "case_id": "case_ref",
            "person_id": "worker_ref",
            "worker_role": "worker_type",
            "start_date": "allocated",
            "end_date": "ended",
            "change_reason": "ended_because",
        },
        {"worker_role": {"caseworker": "CW", "social worker": "SW"}, "change_reason": {"worker_left": "LEFT"}},
    ),
    Layout(
        "assessment_stages.parquet",
        "milestones",
        {
            "case_id": "case_ref",
            "stage": "stage",
            "provider": "from",
            "requested_date": "requested",
            "due_date": "due",
            "received_date": "received",
        },
        {"provider": {"educational psychology": "EP", "health": "Health", "social care": "CSC", "school": "School"}},
    ),
    Layout("establishment.xlsx", "posts", POSTS, sheet="Budget"),
    Layout("establishment.xlsx", "vacancies", COSTED, RESULTS, sheet="Vacancies"),
    Layout(
        "time_recording.parquet",
        "hours",
        {
            "person_id": "worker_ref",
            "activity": "code",
            "period_start": "quarter_from",
            "period_end": "quarter_to",
            "hours": "hours",
            "role": "job_title",
            "team": "team",
        },
        {"activity": ACTIVITY_CODES},
    ),
    Layout(
        "exit_interviews.csv",
        "exits",
        {"person_id": "Payroll No", "leaving_date": "Left on", "reason": "Main reason", "would_return": "Would return"},
        {"would_return": {"yes": "Y", "no": "N", "unknown": "U"}},
        date_format="%d/%m/%Y",
    ),
    Layout(
        "pay_scales.csv",
        "pay_scales",
        {
            "body": "Employer",
            "role": "Role",
            "grade": "Grade",
            "point": "Point",
            "annual_pay": "Salary",
            "full_time_hours": "Hours",
            "from_date": "From",
            "to_date": "To",
            "source": "Source",
        },
        date_format="%d/%m/%Y",
        numbers="thousands",
    ),
    Layout(
        "counts.csv",
        "counts",
        {
            "measure": "Indicator",
            "definition": "What is counted",
            "unit": "Unit",
            "over_time": "Adds up",
            "period_start": "From",
            "period_end": "To",
            "locality": "Area",
            "numerator": "Yes",
            "denominator": "Asked",
        },
        date_format="%d/%m/%Y",
    ),
    Layout(
        "pay_items.csv",
        "pay_items",
        {"person_id": "Payroll No", "kind": "Item", "amount": "Amount", "date": "Date"},
        date_format="%d/%m/%Y",
    ),
)
NHS: Final = (
    Layout(
        "esr_staff.csv",
        "assignments",
        {
            "person_id": "EMPLOYEE_NUMBER",
            "staff_group": "STAFF_GROUP",
            "role": "JOB_ROLE",
            "grade": "PAY_BAND",
            "team": "ORGANISATION_L6",
            "locality": "LOCATION",
            "fte": "CONTRACTED_FTE",
            "full_time_hours": "FULL_TIME_HOURS",
            "annual_pay": "BASIC_FTE_SALARY",
            "service_start": "LATEST_START_DATE",
            "start_date": "EFFECTIVE_START_DATE",
            "end_date": "EFFECTIVE_END_DATE",
            "employment": "ASSIGNMENT_CATEGORY",
            "contract": "CONTRACT_TYPE",
            "status": "ASSIGNMENT_STATUS",
            "birth_date": "DATE_OF_BIRTH",
            "sex": "GENDER",
            "ethnicity": "ETHNIC_ORIGIN",
            "disability": "DISABILITY",
            "leaving_reason": "REASON_FOR_LEAVING",
            "leaving_destination": "DESTINATION_ON_LEAVING",
        },
        {
            "staff_group": {
                "Speech and language therapy": "AHP - S&LT",
                "Occupational therapy": "AHP - OT",
                "Community paediatrics": "Community Paediatrics",
            },
            "employment": {"employed": "Substantive", "agency": "Agency", "bank": "Bank"},
            "contract": {
                "permanent": "Permanent",
                "fixed_term": "Fixed Term Temp",
                "temporary": "Non-Exec/Agency",
                "bank": "Bank",
            },
            "status": {
                "active": "Active Assignment",
                "seconded_out": "Out on External Secondment",
                "career_break": "Career Break",
                "parental_leave": "Maternity & Adoption",
            },
            "sex": {"female": "Female", "male": "Male"},
            "leaving_reason": {
                "resignation": "Voluntary Resignation",
                "retirement": "Retirement Age",
                "redundancy": "Redundancy",
                "dismissal": "Dismissal",
                "end_of_contract": "End of Fixed Term Contract",
                "death": "Death in Service",
                "other": "Others",
                "unknown": "Not Known",
            },
            "leaving_destination": {
                "other_local_authority": "Other Public Sector",
                "nhs": "NHS Organisation",
                "agency": "Agency",
                "other_sector": "Other Private Sector",
                "education": "Education Sector",
                "retirement": "No Employment",
                "unknown": "Unknown",
            },
        },
        date_format="%d-%b-%Y",
    ),
    Layout(
        "esr_absence.csv",
        "absences",
        {
            "person_id": "EMPLOYEE_NUMBER",
            "start_date": "START_DATE",
            "end_date": "END_DATE",
            "reason": "ABSENCE_REASON",
        },
        {
            "reason": {
                "stress": "S10",
                "back": "S11",
                "musculoskeletal": "S12",
                "cold_flu": "S13",
                "respiratory": "S15",
                "headache": "S16",
                "stomach": "S25",
                "infection": "S27",
                "injury": "S28",
                "other": "S98",
                "unknown": "S99",
            }
        },
        date_format="%d-%b-%Y",
    ),
    Layout(
        "referrals.parquet",
        "cases",
        {
            "case_id": "referral",
            "child_id": "child_ref",
            "locality": "locality",
            "received_date": "referral_received",
            "closed_date": "discharged",
            "outcome": "discharge_reason",
            "outcome_date": "discharge_date",
        },
        constants={"case_type": "therapy"},
    ),
    Layout(
        "contacts.parquet",
        "allocations",
        {
            "case_id": "referral",
            "person_id": "EMPLOYEE_NUMBER",
            "start_date": "from_date",
            "end_date": "to_date",
            "change_reason": "reason",
        },
        constants={"worker_role": "therapist"},
    ),
    Layout("posts.csv", "posts", POSTS, date_format="%d-%b-%Y"),
    Layout("vacancies.csv", "vacancies", COSTED, RESULTS, date_format="%d-%b-%Y"),
    Layout(
        "exit_questionnaires.csv",
        "exits",
        {
            "person_id": "EMPLOYEE_NUMBER",
            "leaving_date": "TERMINATION_DATE",
            "reason": "MAIN_REASON",
            "would_return": "WOULD_RETURN",
        },
        date_format="%d-%b-%Y",
    ),
    Layout(
        "pay_items.csv",
        "pay_items",
        {"person_id": "EMPLOYEE_NUMBER", "kind": "ELEMENT", "amount": "VALUE", "date": "DATE"},
        date_format="%d-%b-%Y",
    ),
)
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
LAYOUTS: Final[Mapping[str, tuple[Layout, ...]]] = {
    "council": COUNCIL,
    "psychology": PSYCHOLOGY,
    "nhs": NHS,
    "schools": SCHOOLS,
    "icb": ICB,
}
