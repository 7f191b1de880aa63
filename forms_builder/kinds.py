"""The kinds of questions that the product ships, in the order in which the builder offers them."""

KINDS = {
    "name": "forms_builder.fields.name.NameKind",
    "phone": "forms_builder.fields.phone.PhoneKind",
    "email": "forms_builder.fields.email.EmailKind",
    "postal_code": "forms_builder.fields.postal_code.PostalCodeKind",
    "address": "forms_builder.fields.address.AddressKind",
    "birthday": "forms_builder.fields.birthday.BirthdayKind",
    "text": "forms_builder.fields.text.TextKind",
    "long_text": "forms_builder.fields.long_text.LongTextKind",
    "number": "forms_builder.fields.number.NumberKind",
    "date": "forms_builder.fields.date.DateKind",
    "single": "forms_builder.fields.single.SingleKind",
    "multiple": "forms_builder.fields.multiple.MultipleKind",
    "consent": "forms_builder.fields.consent.ConsentKind",
    "hidden": "forms_builder.fields.hidden.HiddenKind",
}
