"""The ledger: every action's fact in an RFC 6962 tree that outsiders verify; import `actions` and `queries`."""
