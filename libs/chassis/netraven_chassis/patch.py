"""Makes the standard library cooperative. Import this first, and only in entry points and test set-ups.

Nothing else belongs here: whatever is imported before the patch keeps the blocking sockets and locks.
"""

import os
import warnings

os.environ["EVENTLET_NO_GREENDNS"] = "yes"  # names are found by our resolver

# eventlet announces its retirement at import; the choice is recorded in docs/adr, the notice adds nothing.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import eventlet

from eventlet.green import socket

from netraven_chassis import resolver

socket.getaddrinfo = resolver.getaddrinfo  # from here the patch takes it
eventlet.monkey_patch()
