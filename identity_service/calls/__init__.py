"""What holds for every call: whose it is, that it takes effect once, and that it leaves a trace."""
