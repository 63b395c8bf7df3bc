"""Campaigns: how fast they are queued and sent, and what that costs those who wait for a code."""
