"""What the bot must not forget: requests that came, messages that are wanted, forms that are half filled."""
