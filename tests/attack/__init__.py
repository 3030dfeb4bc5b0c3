"""An attacker who has only what was sent: it reads the pages of reports and tries to recover the counts that were withheld."""
