"""Opening a report, pointing at it and waiting for its parts; what the window complains of is remembered."""

import time
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page
from playwright.sync_api import TimeoutError as Late

# What software rendering says of its own speed.
_HARMLESS = ("GPU stall due to ReadPixels", "willReadFrequently")

# Pixels beside the middle of a point, all of them on it.
_BESIDE = ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1))
# Seconds in all, and milliseconds of one attempt.
_HOVER_SECONDS, _HOVER_TRY = 60, 3_000
# A picture takes long where software draws it, and the camera moves on for some pictures after a drag.
_STILL_FRAMES = 20


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
        """Take view and form back to where they begin, on a screen."""
        self.page.emulate_media(media="screen")
        self.page.evaluate(
            """async () => {
                if (retinaVae.explorer) {
                    retinaVae.explorer.all = false;
                    document.querySelector('#explorer form').reset();
                    await new Promise((done) => { setTimeout(done); });
                }
                await retinaVae.view.move('reset');
                retinaVae.view.selection.take(null);
                await retinaVae.view.change({ colouring: 'cluster', cluster: 0, region: null, profile: null });
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

    @property
    def hover_text(self) -> Locator:
        """The words beside the point that the mouse is on."""
        return self.page.locator(".space-plot .hovertext")

    def hover(self, place: Callable[[], tuple[float, float]]) -> tuple[float, float, str]:
        """Move the mouse onto a point, off and on again until its words are shown.

        A single move may be lost while the view is drawn, and a point may lie elsewhere in the next picture.

        Args:
            place: Finds the point in the window as it is now.

        Returns:
            Where the mouse is, and the words.
        """
        deadline = time.monotonic() + _HOVER_SECONDS
        for right, down in cycle(_BESIDE):
            with suppress(Late):
                self.page.mouse.move(1, 1)
                self.hover_text.wait_for(state="hidden", timeout=_HOVER_TRY)
                x, y = (at + by for at, by in zip(place(), (right, down), strict=True))
                self.page.mouse.move(x, y)
                self.hover_text.wait_for(state="visible", timeout=_HOVER_TRY)
                return x, y, self.hover_text.text_content() or ""
            assert time.monotonic() < deadline, "no words are shown beside the point"
        raise AssertionError

    def drag(self, place: Callable[[], tuple[float, float]], right: float, down: float, steps: int = 6) -> None:
        """Drag from a point, and wait until what it asked for is drawn; the point's words are shown before.

        Args:
            place: Finds the point in the window as it is now.
            right: Pixels.
            down: Pixels.
            steps: Moves of the mouse, each drawn before the next; 1 for a hasty drag, which nothing is drawn in.
        """
        x, y, _ = self.hover(place)
        self.page.mouse.down()
        for step in range(1, steps + 1):
            self.page.mouse.move(x + right * step / steps, y + down * step / steps)
            if steps > 1:
                self.frames(2)
        self.page.mouse.up()
        self.rest()

    def settle(self) -> None:
        """Wait until the page has done what it put off to the end of an event."""
        self.page.evaluate("new Promise((done) => { setTimeout(done); })")

    def frames(self, count: int) -> None:
        """Wait until as many pictures are drawn."""
        self.page.evaluate(
            """async (count) => {
                for (; count > 0; count -= 1) await new Promise((done) => { requestAnimationFrame(done); });
            }""",
            count,
        )

    def rest(self) -> None:
        """Wait until the view has moved in none of the last pictures: it moves on after the button is up."""
        self.page.evaluate(
            """async (frames) => {
                const { scene, xaxis, yaxis } = document.querySelector('.space-plot')._fullLayout;
                const where = () => scene?._scene ? scene._scene.getCamera() : [xaxis.range, yaxis.range];
                const seen = () => JSON.stringify(where());
                let [before, still] = [seen(), 0];
                while (still < frames) {
                    await new Promise((done) => { requestAnimationFrame(done); });
                    const now = seen();
                    still = now === before ? still + 1 : 0;
                    before = now;
                }
            }""",
            _STILL_FRAMES,
        )

    def camera(self) -> dict[str, Any]:
        """Where the view is seen from, as it is drawn."""
        return self.page.evaluate("document.querySelector('.space-plot')._fullLayout.scene._scene.getCamera().eye")

    def traces(self) -> list[dict[str, Any]]:
        """Clusters, colours and symbols of the points, trace by trace."""
        return self.page.evaluate(
            """document.querySelector('.space-plot').data.map(({ customdata, marker }) => (
                { clusters: customdata, colours: marker.color, symbols: marker.symbol }))"""
        )
