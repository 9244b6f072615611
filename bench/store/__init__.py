"""The store measured by itself: appends, the relay and a rebuild, beside pymongo and py-amqp used plainly.

Ours run in processes with eventlet's patch, as services do; the peers in plain processes with real threads.
"""
