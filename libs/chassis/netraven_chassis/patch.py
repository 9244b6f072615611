"""Makes the standard library cooperative. Import this first, and only in entry points and test set-ups.

Nothing else belongs here: whatever is imported before the patch keeps the blocking sockets and locks.
"""

import warnings

# eventlet announces its retirement at import; the choice is recorded in docs/adr, the notice adds nothing.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import eventlet

eventlet.monkey_patch()
