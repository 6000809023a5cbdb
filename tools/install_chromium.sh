#!/usr/bin/env bash
# Install Chromium and a font where it is missing and apt can; say what to do where it cannot.
set -euo pipefail

for name in chromium chromium-browser google-chrome chrome; do
    if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing chromium (once) …"
    log=$(mktemp)
    for attempt in 1 2 3; do
        if apt-get update -qq >"$log" 2>&1 &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >>"$log" 2>&1; then
            rm -f "$log"
            exit 0
        fi
    done
    cat "$log" >&2
    exit 1
fi
echo "the tests of the page need Chromium: install it (Debian: apt-get install chromium), or Google Chrome" >&2
exit 1
