"""How scans grow: time, memory and temporary disk at 3, 30 and 300 million exchanges."""
