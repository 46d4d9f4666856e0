from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.infrastructure.programs import find


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in this thread, beside Django's queries
        browser = playwright.chromium.launch(executable_path=str(find("chromium")), args=["--no-sandbox"])
        yield browser
        browser.close()
