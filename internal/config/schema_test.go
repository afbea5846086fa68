package config

import (
	"flag"
	"fmt"
	"testing"
)

var update = flag.Bool("update", false, "write "+schemaFile+" anew")

const (
	schemaFile  = "../../config/trailbus.schema.json"
	writeSchema = "go test ./config -run SchemaIsUpToDate -update"
)

func TestSchemaIsUpToDate(t *testing.T) {
	schema(t).Hold(t, schemaFile, *update, writeSchema)
}

// full is a file with every key that a file without a stack set and a pipeline can have.
const full = `central: {account: "111111111111", region: us-east-1}
organization: o-a1b2c3d4e5
management: "999999999999"
deploy: stacks
trail: create
regions: [us-east-1, eu-west-1]
accounts:
  - {id: "111111111111", name: security, regions: [us-east-1]}
  - {id: "222222222222", name: production, ou: Workloads/Production, tags: {team: payments}}
accountNames: listed
accessPortal: {url: "https://example.awsapps.com/start", role: ReadOnly}
alarms: {emails: [security@example.com]}
dashboard: true
inspectionRole: true
heartbeat: 6h
rules:
  packs: [cis]
  files: [ok.yaml]
  off: [vpc-change]
  severities: {route-table-change: low}
  mutes:
    - {rule: user-made, pattern: {detail: {awsRegion: [{prefix: eu-}]}}, reason: a test, owner: me, until: 2027-01-31}
slack:
  secret: trailbus/slack
  quietHours: {from: "20:00", to: "08:00", timeZone: Europe/Berlin, severities: [low]}
  routes:
    - {severities: [critical, high], accounts: ["222222222222"], webhook: urgent, mention: here, also: [{channel: "#payments", mention: S0123ABC}]}
    - rules: [root-user-used]
      packs: [cis]
      ous: [Workloads]
      tags: {team: payments}
      channel: C0123456789
`

// fullPipeline has the rest: a pipeline, and a stack set that it brings.
const fullPipeline = `central: {account: "111111111111", region: us-east-1}
organization: o-a1b2c3d4e5
management: "999999999999"
deploy: pipeline
forwarders: stacksets
regions: [us-east-1]
stackSet:
  organizationalUnits: [ou-a1b2-c3d4e5f6, ou-a1b2-c3d4e5f7]
  accounts: {except: ["222222222222"]}
  regions: [us-east-1, ap-east-1]
  optInRegionsEnabled: true
  automaticDeployment: true
  retainStacksOnAccountRemoval: false
  callAs: self
  operationPreferences: {regions: sequential, concurrency: strict, maxConcurrentPercentage: 100, failureTolerancePercentage: "0"}
pipeline:
  account: "111111111111"
  region: us-east-1
  source: {connectionArn: "arn:aws:codeconnections:us-east-1:111111111111:connection/01234567-89ab-cdef-0123-456789abcdef", repository: example/trailbus, branch: main}
  approveStackSet: true
  waves:
    - {name: canary, accounts: [production], approval: true}
    - {name: rest}
accounts:
  - {id: "222222222222", name: production}
rules: {packs: [tamper]}
slack: {secret: trailbus/slack}
`

// Whoever lets the reader take a key learns here that the schema has to know it.
func TestSchemaHasTheKeysThatTheReaderTakes(t *testing.T) {
	different, err := schema(t).Differences([]string{full, fullPipeline}, func(data []byte) string {
		_, err := Parse("etc/trailbus.yaml", data, readTestFile)
		return fmt.Sprint(err)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, difference := range different {
		t.Errorf("%s.\nAdd or take away the field of the type document in config/document_test.go, or of the type that it has there: "+
			"json:\"key\", with omitempty where it may be left out, and a comment that explains it. If the place is new, put it into the "+
			"files above. Then run\n  %s", difference, writeSchema)
	}
}
