"""The words that Excel shows, and writes to CSV, where a formula failed. None of them is ever a value."""

ERROR_WORDS = frozenset(
    [
        "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!",
        "#CONNECT!", "#UNKNOWN!", "#GETTING_DATA",
    ]
)  # fmt: skip


def is_error_word(text: str) -> bool:
    return text.strip() in ERROR_WORDS
