"""Logs: how fast they are written and reach those who watch, what a stream costs, what a page costs."""
