#!/usr/bin/env bash
# Takes the pictures of messages that stand in the README, as the page of trailbus preview draws them. Needs Chromium, ImageMagick and a
# font with emoji.
set -euo pipefail
cd "$(dirname "$0")/../.."
page=$(mktemp --suffix .html)
trap 'rm -f "$page"' EXIT
records=internal/slack/message/testdata
names=(root-sign-in denied security-group trust-policy)
themes=(dark light light dark)
go run ./cmd/trailbus --config trailbus.yaml preview --all --html "$page" \
  $records/{root-console-login,denied-stop-logging,open-security-group,cloudformation-trust-policy}.record.json
shoot() { "${CHROMIUM:-chromium}" --headless=new --no-sandbox --disable-gpu --hide-scrollbars "$@" 2>/dev/null; }
for i in "${!names[@]}"; do
  address="file://$page#only=$i&theme=${themes[$i]}"
  size=$(shoot --dump-dom "$address" | grep -o 'data-drawn="[0-9x]*"' | grep -o '[0-9]*x[0-9]*')
  shoot --screenshot="docs/images/${names[$i]}.png" --window-size="${size%x*},$((${size#*x} + 200))" --force-device-scale-factor=2 "$address"
  convert "docs/images/${names[$i]}.png" -crop "$((2 * ${size%x*}))x$((2 * ${size#*x}))+0+0" +repage -colors 256 "docs/images/${names[$i]}.png"
done
