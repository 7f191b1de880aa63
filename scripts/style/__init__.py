"""What `python -m scripts.measure_style` and the tests of names measure, one kind of number a module."""
