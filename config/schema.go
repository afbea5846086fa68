// Package config publishes the JSON Schema of trailbus.yaml, by which editors check the file and Trailbus reads it.
package config

import _ "embed"

// Schema is trailbus.schema.json.
//
//go:embed trailbus.schema.json
var Schema []byte
