// Package catalog embeds the fixtures of the catalogue's rules, for `trailbus rules test`. It is a
// package of its own so that the notifier, which imports rules, does not carry megabytes of
// fixtures to Lambda.
package catalog

import "embed"

// Fixtures has a file testdata/RULE.jsonl for each rule of the catalogue.
//
//go:embed testdata/*.jsonl
var Fixtures embed.FS
