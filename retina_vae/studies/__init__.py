"""What belongs to one study, and to nothing else; the engine finds a study by its name."""
