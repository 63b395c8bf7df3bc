"""A headless Chromium, driven over the DevTools protocol through a pipe: no further package is needed for it."""

import base64
import itertools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PATIENCE_SECONDS = 30.0


def chromium_binary() -> str | None:
    """Where Chromium is, None if it is not installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """One browser with a fresh profile."""

    def __init__(self, binary: str, profile: Path) -> None:
        self._process, self._commands, self._answers = _started(binary, profile)
        self._ids = itertools.count(1)
        self._buffer = b""
        self.console: list[str] = []
        """What pages complained about: errors, violations of their content policy."""

    def page(self, *, width: int = 1280, height: int = 860, dark: bool = False) -> "Page":
        """A new tab."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        page = self._attached(target)
        for domain in ("Page", "Runtime", "Log"):
            page.call(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        page.call("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.call("Emulation.setEmulatedMedia", {"features": [scheme]})
        return page

    def frames(self) -> list["Page"]:
        """The framed documents that the browser has isolated from their page, and listens to from now on."""
        targets = self.call("Target.getTargets")["targetInfos"]
        frames = [self._attached(target["targetId"]) for target in targets if target["type"] == "iframe"]
        for frame in frames:
            frame.call("Log.enable")  # also tells what was logged before
        return frames

    def _attached(self, target: str) -> "Page":
        return Page(self, self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"])

    def call(self, method: str, parameters: dict[str, Any] | None = None, session: str | None = None) -> dict[str, Any]:
        """Carry out one command of the protocol."""
        number = next(self._ids)
        command = {"id": number, "method": method, "params": parameters or {}}
        if session:
            command["sessionId"] = session
        self._commands.write(json.dumps(command).encode() + b"\0")
        self._commands.flush()
        while (answer := self._next()).get("id") != number:
            self._note(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return dict(answer["result"])

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._commands.close()
        self._answers.close()

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            chunk = os.read(self._answers.fileno(), 1 << 16)
            if not chunk:
                raise RuntimeError("the browser has ended")
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(message))

    def _note(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Log.entryAdded":
            self.console.append(event["params"]["entry"]["text"])
        elif event.get("method") == "Runtime.exceptionThrown":
            details = event["params"]["exceptionDetails"]
            self.console.append(details.get("exception", {}).get("description", details["text"]))


class Page:
    """One tab."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser = browser
        self._session = session

    def call(self, method: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        return self._browser.call(method, parameters, self._session)

    def open(self, url: str) -> None:
        """Load a page to its end, scripts and frames included."""
        self.call("Page.bringToFront")
        self.call("Page.navigate", {"url": url})
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, promises awaited."""
        parameters = {
            "expression": expression,
            "awaitPromise": True,
            "returnByValue": True,
            "userGesture": True,
        }
        answer = self.call("Runtime.evaluate", parameters)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["result"].get("description", "the expression failed"))
        return answer["result"].get("value")

    def wait_for(self, expression: str, seconds: float = PATIENCE_SECONDS) -> Any:
        """The value of the expression, once it is true."""
        return _eventually(lambda: self.evaluate(expression), expression, seconds)

    def press(self, key: str) -> None:
        """Press a key, where the focus is."""
        text = key if len(key) == 1 else {"Enter": "\r"}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", {"type": kind, "key": key, "text": text})

    def close(self) -> None:
        self.call("Page.close")

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


def _eventually(look: Callable[[], Any], what: str, seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)
    return value


def _started(binary: str, profile: Path) -> tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]:
    """The browser reads commands from its descriptor 3 and writes answers to 4."""
    its_input, our_output = os.pipe()
    our_input, its_output = os.pipe()
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --mute-audio "
        "--disable-background-networking --disable-component-update --disable-sync --remote-debugging-pipe"
    )
    redirected = f'exec "$@" 3<&{its_input} 4>&{its_output}'
    command = [binary, *flags.split(), f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(
        ["bash", "-c", redirected, "bash", *command],
        pass_fds=(its_input, its_output),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(its_input)
    os.close(its_output)
    return process, os.fdopen(our_output, "wb"), os.fdopen(our_input, "rb", buffering=0)
