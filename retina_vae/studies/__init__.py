"""What belongs to one study and to nothing else; the engine imports none of it."""
