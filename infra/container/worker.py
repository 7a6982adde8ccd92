"""The server's worker: told to stop, it answers the connections it has and refuses new ones at once."""

from gunicorn.workers.gthread import ThreadWorker


class DrainingWorker(ThreadWorker):
    """gunicorn's own keeps listening without accepting until the last request is answered: connections hang."""

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections; once it is stopping, accept those that wait already and stop listening."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                self._take_waiting(listener)
                listener.close()

    def _take_waiting(self, listener: object) -> None:
        taken = -1
        while taken != self.nr_conns:
            taken = self.nr_conns
            self.accept(listener)
