"""リンクの値 that the shop put into a link itself, signed: whoever has it can neither change them nor make others.

They travel in one parameter of the link, and from the opened page on in the ticket.
"""

from collections.abc import Mapping

from django.core import signing

from forms_builder.models import Form

# No question can have this name for its own (fields/hidden.py).
PARAM = "_v"
LONGEST_SIGNED = 1_500


def build_values_salt(form: Form) -> str:
    """Return the salt of the signing key: the values of another shop or form do not even verify here."""
    return f"forms_builder.values:{form.tenant_id}:{form.public_id}"


def sign_values(form: Form, values: Mapping[str, str]) -> str:
    """Return the text that stands in the link for these values, by the names that the form's questions have."""
    return signing.dumps(dict(values), salt=build_values_salt(form), compress=True)


def read_signed_values(form: Form, text: str) -> dict[str, str]:
    """Return the values by name; {} for what was not signed for this form."""
    if len(text) > LONGEST_SIGNED:
        return {}
    try:
        content = signing.loads(text, salt=build_values_salt(form))
    except signing.BadSignature:
        return {}
    return {str(name): str(value) for name, value in content.items()}
