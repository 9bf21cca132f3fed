"""Child processes that read bytes of strangers: bounded in memory and time, replaced when they die."""
