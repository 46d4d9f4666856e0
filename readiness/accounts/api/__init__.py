"""What the programming interface of every room stands on: who calls, and the shapes that all calls share."""
