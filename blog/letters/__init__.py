"""Letters: a post by mail to every confirmed subscriber.

`control` is what an editor does, `steps` what the state machine of blog/stack.yaml calls, `mail` the mail itself, and
`feedback` what comes back of it.
"""
