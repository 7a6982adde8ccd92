"""Where MyBlog answers: its API, and its pages."""

from django.urls import path, register_converter
from django.urls.converters import IntConverter, StringConverter

from blog.models import tag_of
from rest.lazy_views import LazyViews

views, subscriptions = LazyViews("blog.api.views"), LazyViews("blog.api.subscriptions")
pages, feeds, drafts = LazyViews("blog.pages.views"), LazyViews("blog.pages.feeds"), LazyViews("blog.pages.drafts")


class Slug(StringConverter):
    """What a post can be called, at most 80 characters; other rows of its table have a '#' in their key."""

    regex = "(?=[a-z0-9-]{1,80}/)[a-z0-9]+(?:-[a-z0-9]+)*"


class Tag(StringConverter):
    """A tag, at most 40 characters of any script."""

    regex = "[^/]{1,40}"

    def to_python(self, value: str) -> str:
        if tag_of(value) != value:
            raise ValueError("no tag")
        return value


class Author(StringConverter):
    """An author's id."""

    regex = "[A-Za-z0-9_-]{1,128}"


class Year(IntConverter):
    """Four digits."""

    regex = "[0-9]{4}"

    def to_url(self, value: int | str) -> str:
        return f"{int(value):04}"


register_converter(Slug, "post_slug")
register_converter(Tag, "tag")
register_converter(Author, "author")
register_converter(Year, "year")

urlpatterns = [
    path("api/blog/posts/", views.PostList, name="posts"),
    path("api/blog/posts/<post_slug:slug>/", views.PostDetail, name="post"),
    path("api/blog/drafts/", views.DraftList, name="drafts"),
    path("api/blog/tags/", views.TagList, name="tags"),
    path("api/blog/subscribers/", subscriptions.SubscriberList, name="subscribers"),
    path("api/blog/unsubscribe/<str:token>/", subscriptions.Unsubscribe, name="unsubscribe"),
    path("", pages.home, name="blog-home"),
    path("posts/", pages.posts, name="blog-posts"),
    path("posts/<post_slug:slug>/", pages.post, name="blog-post"),
    path("drafts/<str:token>/", drafts.draft, name="blog-draft"),
    path("archive/", pages.archive, name="blog-archive"),
    path("archive/<year:year>/", pages.archive_year, name="blog-archive-year"),
    path("tags/", pages.tags, name="blog-tags"),
    path("tags/<tag:tag>/", pages.tag, name="blog-tag"),
    path("tags/<tag:tag>/<year:year>/", pages.tag_year, name="blog-tag-year"),
    path("authors/<slug:name>/<author:author>/", pages.author, name="blog-author"),
    path("authors/<slug:name>/<author:author>/<year:year>/", pages.author, name="blog-author-year"),
    path("search/", pages.search, name="blog-search"),
    path("about/", pages.about, name="blog-about"),
    path("subscribe/", pages.subscribe, name="blog-subscribe"),
    path("subscribe/done/", pages.subscribed, name="blog-subscribed"),
    path("confirm/<str:token>/", pages.confirm, name="blog-confirm"),
    path("unsubscribe/<str:token>/", pages.unsubscribe, name="blog-unsubscribe"),
    path("feed/", feeds.rss, name="blog-rss"),
    path("feed/atom/", feeds.atom, name="blog-atom"),
    path("sitemap.xml", feeds.sitemap, name="blog-sitemap"),
    path("sitemap-pages.xml", feeds.sitemap_pages, name="blog-sitemap-pages"),
    path("sitemap-<year:year>.xml", feeds.sitemap_year, name="blog-sitemap-year"),
    path("favicon.ico", feeds.icon, {"file": "favicon.ico", "kind": "image/x-icon"}, "favicon"),
    path("apple-touch-icon.png", feeds.icon, {"file": "apple-touch-icon.png", "kind": "image/png"}, "touch-icon"),
    path("robots.txt", feeds.robots, name="blog-robots"),
]
