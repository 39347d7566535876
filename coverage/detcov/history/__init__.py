"""Rules as they were: git revisions and snapshots."""
