"""What MyBlog keeps."""

from blog.models.posts import (
    DATED,
    DRAFT,
    FEED,
    FIRST,
    MAX_FORMER_SLUGS,
    MAX_TAGS,
    SHELF,
    START,
    Hero,
    Listed,
    Neighbour,
    Photo,
    PhotoNews,
    Post,
    Redirect,
    Rename,
    Rendition,
    Status,
    Trace,
    is_public,
    moment_of,
    position_of,
    status_of,
    up_to,
)
from blog.models.subscribers import CONFIRM, SUBSCRIBERS, UNCONFIRMED, Subscriber, Welcome
from blog.models.tags import ALL_TAGS, MAX_TAGS_LISTED, TagCount, TagPost, tag_label, tag_of
