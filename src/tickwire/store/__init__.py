"""Floor 3: what is kept on disk. Knows rooms by their records only, which are bytes here."""
