"""Every error the desk raises on purpose; its text is one sentence for a person.

OtcError
|-- Refused          an action that the rules do not allow, or input that cannot be read
|   `-- BadNumber    text that is not a number in the expected style
|-- ConfigError      a configuration file that cannot be used
`-- StoreError       a store that cannot be opened, read or written
    `-- StoreHeld    another process owns the store
"""


class OtcError(Exception):
    """Base of all errors whose text may be shown to a person as it is."""


class Refused(OtcError):
    """The request cannot be carried out; `field` names the input to change, where there is one."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class BadNumber(Refused):
    """The text is no number in the style that was declared for it."""


class ConfigError(OtcError):
    """A configuration file is missing, unreadable or not as its schema says."""


class StoreError(OtcError):
    """The store cannot be opened, read or written."""


class StoreHeld(StoreError):
    """Another process owns the store; the sentence names its pid."""
