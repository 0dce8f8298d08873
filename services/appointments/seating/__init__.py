"""The seats of slots: what is free, who may claim it, and how one comes back.

A slot is so many seats; a seat is the row that a booking locks. This room knows seats and the
visits that fit into them, and nobody who sits there.
"""
