"""What a developer uses, and a user does not install."""
