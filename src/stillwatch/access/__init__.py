"""Who may do what: people, roles, passwords, sessions, OpenID Connect, and the audit of reads."""
