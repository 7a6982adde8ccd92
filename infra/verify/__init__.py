"""Whether a deployed stage does what it is for, asked at its real addresses: `make verify STAGE=production`.

`report` runs the checks and says what they found, `checks` holds them, `visitor` is who asks.
"""
