"""The mail: what a run came to, told to those who want to know.

    declaration → who gets it, and by which server
    content → plain, page → message → outbox → smtp

What is to be sent is a file beside the runs (`outbox`) before anything is sent, so that a server that fails delays a
mail and never loses it, and never fails a run.
"""
