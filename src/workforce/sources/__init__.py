"""From files to records: reading, mapping and refusing, one file for each kind of extract."""
