"""Why a template of an operator's is not taken."""


class TemplateRefused(ValueError):
    """The template's `field` (`subject`, `html` or `text`) is not fit to be sent; `why` is for who wrote it."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field} {why}")
        self.field = field
        self.why = why
