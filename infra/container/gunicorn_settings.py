"""How gunicorn serves: `gunicorn -c infra/container/gunicorn_settings.py infra.container.wsgi`."""

import multiprocessing
import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WORKERS", multiprocessing.cpu_count()))
worker_class = "infra.container.worker.DrainingWorker"
threads = 8  # requests wait for DynamoDB most of their time
timeout = 30
graceful_timeout = 25  # ECS kills after 30
keepalive = 65  # longer than the load balancer's 60, or it meets closed connections
worker_tmp_dir = "/dev/shm"  # noqa: S108 - the heartbeat must not wait for a disk
forwarded_allow_ips = "*"  # X-Forwarded-Proto of the load balancer, which alone can call
preload_app = True  # one start for all workers, their memory shared
control_socket_disable = True  # the file system is read-only, and nobody steers a container from inside
accesslog = None  # the load balancer has one
