"""Measures of people in post, those who leave and come, posts and vacancies."""
