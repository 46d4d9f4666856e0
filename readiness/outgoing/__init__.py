"""What goes out to other systems by itself: webhooks, chat messages, tickets. Each call goes through `egress`."""
