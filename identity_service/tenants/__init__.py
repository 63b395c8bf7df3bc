"""Tenants: what each may have of its own, and the keys that its backends call with."""
