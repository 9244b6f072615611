"""The types of job, a module each: `META`, a JobType, and `run(context)`. A new one touches no other file."""
