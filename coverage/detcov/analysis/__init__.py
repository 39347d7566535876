"""What a corpus covers: counts and the ledger."""
