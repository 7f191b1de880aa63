"""Everything that speaks with LINE."""
