"""Where MyBlog answers."""

from django.urls import path, register_converter

from blog.views import DraftList, PostDetail, PostList, SubscriberList, TagList, Unsubscribe


class Slug:
    """What a post can be called, at most 80 characters; other rows of its table have a '#' in their key."""

    regex = "(?=[a-z0-9-]{1,80}/)[a-z0-9]+(?:-[a-z0-9]+)*"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Slug, "post_slug")

urlpatterns = [
    path("api/blog/posts/", PostList.as_view(), name="posts"),
    path("api/blog/posts/<post_slug:slug>/", PostDetail.as_view(), name="post"),
    path("api/blog/drafts/", DraftList.as_view(), name="drafts"),
    path("api/blog/tags/", TagList.as_view(), name="tags"),
    path("api/blog/subscribers/", SubscriberList.as_view(), name="subscribers"),
    path("api/blog/unsubscribe/<str:token>/", Unsubscribe.as_view(), name="unsubscribe"),
]
