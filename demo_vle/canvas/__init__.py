"""What Canvas does, as read in its source and documents."""
