"""Can the time of an answer tell which addresses have an account? A statistical test, RPC by RPC."""
