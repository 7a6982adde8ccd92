"""What moves readers and writers to the second region. Its functions run there from these files alone."""
