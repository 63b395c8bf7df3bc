"""The HTTP edge: the published keys, health and metrics; in development also the mailbox and the page behind links."""
