"""Floor 5: clients with a screen."""
