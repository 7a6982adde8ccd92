"""Demo content: people, to-dos, posts and pictures, made once, through the API."""
