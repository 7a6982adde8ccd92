"""The server's worker: told to stop, it answers all who came before and refuses all who come later, at once."""

from gunicorn.workers.gthread import ThreadWorker


class DrainingWorker(ThreadWorker):
    """gunicorn's own keeps listening without accepting until the last request is answered: connections hang."""

    def set_accept_enabled(self, enabled: bool) -> None:
        """Take connections or, stopping, take those that wait already and close the door behind them."""
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
