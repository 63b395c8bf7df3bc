"""How mails look: what each kind says, in every language, as HTML and text, and in which message."""
