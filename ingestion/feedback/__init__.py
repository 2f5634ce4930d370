"""What goes home to the senders.

In: judgements and what the warehouse knows of a night. Out: marked copies, receipts and forms to
fill in, in `outbox/`.
"""
