#!/usr/bin/env bash
# Takes the pictures of single messages that stand in the README, as the page of trailbus preview draws
# them. Needs Chromium, ImageMagick and a font with emoji.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/trailbus.yaml" <<END
central: {account: "111111111111", region: eu-central-1}
regions: [us-east-1]
accounts:
  - {id: "111111111111", name: production}
  - {id: "222222222222", name: sandbox}
  - {id: "333333333333", name: staging}
rules: {packs: [$(basename -s .yaml rules/catalog/*.yaml | paste -sd,)]}
accessPortal: {url: https://example.awsapps.com/start, role: ReadOnly}
slack: {secret: trailbus/slack, routes: [{rules: [root-user-used], webhook: urgent, mention: here}]}
END
sed -n '1s/.*"event": *//; 1s/}$//p' rules/catalog/testdata/role-trust-changed.jsonl >"$work/role-trust.json"
records=internal/slack/message/testdata
names=(root-sign-in denied security-group trust-policy)
themes=(dark light light dark)
go run ./cmd/trailbus --config "$work/trailbus.yaml" preview --html "$work/page.html" \
  $records/{root-console-login,denied-stop-logging,open-security-group}.record.json "$work/role-trust.json"
shoot() { "${CHROMIUM:-chromium}" --headless=new --no-sandbox --disable-gpu --hide-scrollbars "$@" 2>/dev/null; }
for i in "${!names[@]}"; do
  address="file://$work/page.html#only=$i&theme=${themes[$i]}"
  picture=docs/images/${names[$i]}.png
  size=$(shoot --dump-dom "$address" | grep -o 'data-drawn="[0-9x]*"' | grep -o '[0-9]*x[0-9]*')
  width=${size%x*} height=${size#*x}
  shoot --screenshot="$picture" --window-size="$width,$((height + 200))" --force-device-scale-factor=2 "$address"
  convert "$picture" -crop "$((2 * width))x$((2 * height))+0+0" +repage -colors 256 "$picture"
done
