"""Files as spreadsheets write them: encodings, kinds, formats of numbers, workbooks and what Shift_JIS loses."""
