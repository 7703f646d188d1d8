"""Opens a page in Debian's Chromium by playwright, and reads what its script wrote."""

from playwright.sync_api import sync_playwright

PAGE = "<title>before</title><script>document.title = [1, 2, 3].map(n => n * n).join(' ')</script>"

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path="/usr/lib/chromium/chromium-headless-shell",  # /usr/bin has a shell script that starts it
        args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],  # the container is the sandbox
    )
    page = browser.new_page()
    page.set_content(PAGE)
    assert page.screenshot().startswith(b"\x89PNG")
    print("title:", page.title())
    browser.close()
