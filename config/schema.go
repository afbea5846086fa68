// Package config embeds the JSON Schema of trailbus.yaml, with which editors and Trailbus validate
// the file.
package config

import _ "embed"

// Schema is trailbus.schema.json.
//
//go:embed trailbus.schema.json
var Schema []byte
