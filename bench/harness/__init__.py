"""What bench/run.py is made of. Linux only: it reads /proc, and the load generator uses epoll."""
