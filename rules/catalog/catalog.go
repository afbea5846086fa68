// Package catalog holds the fixtures of the rules that come with Trailbus, for trailbus rules test. It is a package of its own so that the
// notifier, which needs the rules, does not carry megabytes of them to Lambda.
package catalog

import "embed"

// Fixtures has testdata/RULE.jsonl for each rule of the catalogue.
//
//go:embed testdata/*.jsonl
var Fixtures embed.FS
