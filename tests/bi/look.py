"""What a user sees of pages in Debian's chromium, headless, as JSON. Run by Superset's Python.

`look.py dashboards --address URL SLUG…` logs in and opens dashboards, each until nothing loads any more; with
`--until FILE` again and again until that is there. `look.py pages FILE…` opens plain pages. `--shots FOLDER` keeps
screenshots.
"""

import argparse
import json
import os
import time
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE_SECONDS = 90
WIDTH, TALLEST = 1360, 6000
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars")
DASHBOARD = """
const words = element => (element.innerText || '').trim();
const all = selector => [...document.querySelectorAll(selector)];
const holders = all('.dashboard-component-chart-holder');
const failures = '[role=alert], .ant-alert, .ant-message-error, .toast--danger';
return {
    charts: holders.length,
    drawn: holders.filter(holder => holder.querySelector('.slice_container')).length,
    failed: holders.filter(holder => holder.querySelector(failures)).length,
    loading: all('[data-test="loading-indicator"], .loading, .ant-skeleton').length,
    errors: all(failures).map(words).filter(text => text),
    empty: holders.filter(holder => holder.querySelector('.ant-empty') || /No results/.test(words(holder))).map(words),
    height: Math.max(...all('.grid-container, .dashboard-content, body').map(element => element.scrollHeight)),
    text: words(document.body),
};
"""
PAGE = "return {text: document.body.innerText, drawn: document.querySelectorAll('svg').length}"


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in OPTIONS:
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def log_in(driver, address):
    driver.get(f"{address}/login/")
    WebDriverWait(driver, PATIENCE_SECONDS).until(lambda _: driver.find_elements(By.ID, "username"))
    driver.find_element(By.ID, "username").send_keys(os.environ["HUAXIANG_BI_USER"])
    driver.find_element(By.ID, "password").send_keys(os.environ["HUAXIANG_BI_PASSWORD"])
    driver.find_element(By.ID, "password").submit()
    WebDriverWait(driver, PATIENCE_SECONDS).until(lambda _: "/login" not in driver.current_url)


def dashboard(driver, address, slug):
    """Open a dashboard; return what is to be seen when every chart of it is drawn, or patience is at its end."""
    tall, quiet, until = 1000, 0, time.monotonic() + PATIENCE_SECONDS
    driver.set_window_size(WIDTH, tall)
    driver.get(f"{address}/superset/dashboard/{slug}/")
    while True:
        time.sleep(0.4)
        seen = driver.execute_script(DASHBOARD)
        if seen["charts"] and min(seen["height"], TALLEST) > tall:  # Superset draws what is on the screen alone
            tall, quiet = min(seen["height"], TALLEST) + 150, 0
            driver.set_window_size(WIDTH, tall)
        is_done = seen["charts"] and seen["drawn"] + seen["failed"] >= seen["charts"] and not seen["loading"]
        quiet = quiet + 1 if is_done else 0
        if quiet == 3 or time.monotonic() > until:
            time.sleep(1.2)  # bars grow for a second
            return seen | {"is_whole": bool(is_done) and seen["drawn"] == seen["charts"]}


def page(driver, path):
    driver.set_window_size(WIDTH, 2000)
    driver.get(Path(path).as_uri())
    return driver.execute_script(PAGE)


def complaints(driver):
    """Return what the console calls an error, and every refused request, since the last call."""
    console = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    responses = [event["params"]["response"] for event in events if event["method"] == "Network.responseReceived"]
    refused = [f"{response['status']} {response['url']}" for response in responses if response["status"] >= 400]
    return {"console": console, "refused": refused}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["dashboards", "pages"])
    parser.add_argument("names", nargs="+")
    parser.add_argument("--address")
    parser.add_argument("--until", type=Path)
    parser.add_argument("--shots", type=Path)
    options = parser.parse_args()
    driver, found = browser(), []
    try:
        if options.what == "dashboards":
            log_in(driver, options.address)
            complaints(driver)
        while not found or (options.until and not options.until.exists()):
            for name in options.names:
                seen = page(driver, name) if options.what == "pages" else dashboard(driver, options.address, name)
                found.append({"name": name, **seen, **complaints(driver)})
                if options.shots:
                    driver.save_screenshot(str(options.shots / f"{Path(name).stem}.png"))
    finally:
        driver.quit()
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
