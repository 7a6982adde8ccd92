"""My data: an account is deleted with all that is kept of its user."""
