"""One value, typed into a cell."""

from typing import Any

from django import forms

from members.attributes.cells import Cell


class CellForm(forms.Form):
    """``before``: what the page showed when the cell was opened; ``undo`` marks an old value put back."""

    value = forms.CharField(required=False, max_length=1000, strip=False)
    before = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    undo = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, cell: Cell, **kwargs: Any) -> None:
        super().__init__(
            *args, **{"initial": {"value": cell.value, "before": cell.value}, **kwargs}
        )
        self.mode = cell.input_mode
