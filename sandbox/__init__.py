"""Stand-ins for LINE and for a cart system, so that the whole product runs on one laptop.

Two servers on 127.0.0.1 only: the LINE simulator (API, LIFF, a phone to look at) and the demo cart (API, admin site).
Nothing here is part of a production deployment, and nothing here imports the product.
"""
