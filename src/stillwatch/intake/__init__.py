"""Provider logs to exchange records: one file per log format; what does not fit is kept aside, never dropped."""
