"""Why a member gets the messages of a scenario, or does not (X3)."""
