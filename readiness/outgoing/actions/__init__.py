"""What an administrator does about receivers and what was sent to them."""
