"""Mail of the shop: mailboxes, what came back, what is held back, and who is named as its sender."""
