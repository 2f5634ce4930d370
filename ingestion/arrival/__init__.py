"""The way in: inbox, landing, ledger, archives, decisions.

In: files and records as others made them. Out: arrivals, each with its bytes and receipt in
landing, read again and verified.
"""
