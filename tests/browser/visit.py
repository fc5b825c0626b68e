"""Opening a report and waiting for its parts; what the window complains of is remembered."""

from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page

# What software rendering says of its own speed.
_HARMLESS = ("GPU stall due to ReadPixels", "willReadFrequently")


class Visit:
    """One window, with its errors and requests."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(text in message.text for text in _HARMLESS):
            self.errors.append(message.text)

    def open(self, path: Path) -> Page:
        """Open a report, without looking at the view."""
        self.page.goto(path.as_uri())
        return self.page

    def look(self, path: Path) -> Locator:
        """Open a report, scroll to the view of the latent space, and wait until it can be moved."""
        self.open(path).locator("#space-view").scroll_into_view_if_needed()
        self.page.wait_for_selector('#space-view[data-state="ready"]', timeout=60_000)
        return self.plot

    def reset(self) -> None:
        """Take view and form back to where they begin."""
        self.page.evaluate(
            """async () => {
                document.querySelector('#explorer form').reset();
                await new Promise((done) => { setTimeout(done); });
                await retinaVae.view.move('reset');
                await retinaVae.view.change({ colouring: 'cluster', cluster: 0, profile: null });
            }"""
        )
        self.page.mouse.move(1, 1)
        self.errors.clear()

    @property
    def colour_by(self) -> Locator:
        """The control of the colouring."""
        return self.page.get_by_label("Colour by", exact=True)

    @property
    def show(self) -> Locator:
        """The control of the cluster that is shown."""
        return self.page.get_by_label("Show", exact=True)

    @property
    def plot(self) -> Locator:
        """Where the points are."""
        return self.page.locator(".space-plot")

    @property
    def labels(self) -> Locator:
        """The texts at places in the latent space."""
        return self.page.locator(".space-plot .annotation-text")

    def corner(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of the plot in the window, which is scrolled there."""
        self.plot.scroll_into_view_if_needed()
        box = self.plot.bounding_box()
        assert box is not None
        return box["x"], box["y"], box["width"], box["height"]

    def camera(self) -> dict[str, Any]:
        """Where the view is seen from, as it is drawn."""
        return self.page.evaluate("document.querySelector('.space-plot')._fullLayout.scene._scene.getCamera().eye")

    def traces(self) -> list[dict[str, Any]]:
        """Clusters, colours and symbols of the points, trace by trace."""
        return self.page.evaluate(
            """document.querySelector('.space-plot').data.map(({ customdata, marker }) => (
                { clusters: customdata, colours: marker.color, symbols: marker.symbol }))"""
        )
