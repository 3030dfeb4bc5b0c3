"""A file for each kind of chart or table: its drawing, title, alternative text, table and sentences."""
