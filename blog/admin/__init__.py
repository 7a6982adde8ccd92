"""MyBlog in the admin: posts, their editor, subscribers. Loaded by Django's autodiscover, for no reader."""

from blog.admin import posts, subscribers

__all__ = ["posts", "subscribers"]
