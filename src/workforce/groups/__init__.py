"""The groups of measures as users see them: `wf.staffing`, `wf.leaving` and so on, names only."""
