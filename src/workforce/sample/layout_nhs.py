"""How the community NHS trust keeps its files: extracts like those of the NHS electronic staff record.

Promises: one to one codes, so that reading a file gives back what was made. Refuses: nothing.
"""

from typing import Final

from workforce.sample.layout import COSTED, POSTS, RESULTS, Layout

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
