"""Load: requests as they would arrive, each timed from when it should have started, so that a stall cannot hide.

assignment → worker (a process each) → recording, merged → summary: percentiles with intervals, counts, health
"""
