"""会員データの書き出し: from a frozen selection to an encrypted file."""
