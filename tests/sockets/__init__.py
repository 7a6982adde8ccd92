"""Live updates: tickets, connections, and what is said over them."""
