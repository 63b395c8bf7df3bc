"""Messages to many: written once, queued for everybody they are for, and delivered in batches."""
