"""The channels that messages go out by: kind of sender → class."""

CHANNELS = {
    "line": "messaging.channels.line.channel.LineChannel",
    "mail": "messaging.channels.mail.channel.MailChannel",
}
