package archtest

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of rooms into docs/architecture.md")

// room is a part of the tree with one idea. It may import the rooms that it names, all of which
// stand below it in the list.
type room struct {
	path, says string
	imports    []string
}

const all = "all"

// rooms are all packages, from the top down.
var rooms = []room{
	{"e2e", "tests only: the walks through all of Trailbus on the local AWS", []string{all}},
	{"bench", "the same work in Python and TypeScript, to measure against; no package of the product imports it", []string{all}},
	{"main.go", "the CDK app: it synthesizes the stacks and turns a panic of jsii into one readable error", []string{"stacks"}},
	{"stacks", "the stacks, composed of the constructs; `AddAll` takes an app and the path of a `trailbus.yaml`", []string{"constructs", "internal/config", "internal/contract", "eventpattern"}},
	{"constructs", "the library, package `trailbus`: bus, forwarder, stack set, notifier, alarms, dashboard, trail", []string{"internal/contract", "internal/cloudtrail", "routes", "rules", "eventpattern"}},
	{"functions", "the wiring of the Lambda functions, a folder each", []string{"internal/delivery", "internal/slack", "internal/contract"}},
	{"cmd/trailbus", "the command: `main.go`, and `internal` with a folder for each job (command, logic, printer) and `cli` for what they share", []string{all}},
	{"internal/local", "Trailbus deployed on a local AWS: that AWS, Lambda's runtime, a local Slack, and what tests share", []string{all}},
	{"internal/archtest", "tests only: the rules of the architecture", nil},
	{"internal/inspect", "what is deployed: `inspect` asks AWS, `inspect/doctor` decides on findings, `inspect/deployed` finds the central stack", []string{"internal/config", "internal/slack", "internal/contract", "internal/cloudtrail", "routes", "rules", "eventpattern"}},
	{"internal/delivery", "from a batch of the queue to posts in Slack; `delivery/accounts` finds names of accounts and instances of stack sets", []string{"internal/slack", "internal/contract", "internal/cloudtrail", "internal/jsontext", "routes", "rules"}},
	{"internal/slack", "webhooks, bot, secret and refusals; `slack/message` writes the message", []string{"internal/contract", "internal/cloudtrail", "routes", "rules"}},
	{"internal/config", "reads `trailbus.yaml`; its schema is `config/trailbus.schema.json`", []string{"internal/contract", "internal/yamldoc", "config", "routes", "rules", "eventpattern"}},
	{"internal/contract", "what functions, constructs and command agree on: settings, signals, heartbeats, probes, keys of the table, names of stacks and outputs; `contract/state` is the table", []string{"internal/cloudtrail", "routes", "rules"}},
	{"internal/cloudtrail", "the CloudTrail record and the event that carries it", []string{"internal/jsontext"}},
	{"internal/logfiles", "finds CloudTrail log files in folders and in S3", nil},
	{"routes", "where in Slack an alert goes; public, because its types stand in props", []string{"rules"}},
	{"rules", "rules, mutes, the catalogue, matching, packing into forwarding patterns; public, because its types stand in props", []string{"internal/yamldoc", "eventpattern"}},
	{"eventpattern", "EventBridge's event patterns, compiled and matched as EventBridge does; a public library", []string{"internal/jsontext"}},
	{"internal/yamldoc", "YAML values that know their line and column, and the problems found in them; `yamldoc/yamlschema` finds those by a JSON Schema, and the Lambda does not link it", nil},
	{"internal/jsontext", "the one hand-written JSON reader: for the matcher, the queue's envelope and the splitter of log files", nil},
	{"config", "the JSON Schema of `trailbus.yaml`, embedded where editors look for it", nil},
}

// roomOf gives the place in the list of a package's room, -1 where it has none.
func roomOf(path string) int {
	inside := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	if inside == "" {
		inside = "main.go"
	}
	best := -1
	for i, r := range rooms {
		if (inside == r.path || strings.HasPrefix(inside, r.path+"/")) && (best < 0 || len(r.path) > len(rooms[best].path)) {
			best = i
		}
	}
	return best
}

func TestRoomsImportDownwardsAndOnlyWhatTheTableSays(t *testing.T) {
	command := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	command.Dir = "../.."
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	arrows := map[[2]int]bool{}
	seen := map[int]bool{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := roomOf(fields[0])
		if from < 0 {
			t.Errorf("%s is in no room", fields[0])
			continue
		}
		seen[from] = true
		for _, path := range fields[1:] {
			if path != module && !strings.HasPrefix(path, module+"/") {
				continue
			}
			to := roomOf(path)
			if to < 0 {
				continue
			}
			if to == from {
				continue
			}
			arrows[[2]int{from, to}] = true
			if to < from {
				t.Errorf("%s imports %s, which stands above it", fields[0], path)
			}
			if allowed := rooms[from].imports; !slices.Contains(allowed, all) && !slices.Contains(allowed, rooms[to].path) {
				t.Errorf("%s imports %s, allowed: %s", fields[0], path, strings.Join(allowed, ", "))
			}
		}
	}
	floors := map[int]int{}
	for from := len(rooms) - 1; from >= 0; from-- { // every arrow points down the list
		floors[from] = 1
		for arrow := range arrows {
			if arrow[0] == from {
				floors[from] = max(floors[from], floors[arrow[1]]+1)
			}
		}
	}
	highest := 0
	for _, floor := range floors {
		highest = max(highest, floor)
	}
	t.Logf("%d rooms on %d floors with %d arrows", len(seen), highest, len(arrows))
	for i, r := range rooms {
		if !seen[i] {
			t.Errorf("%s has no package", r.path)
		}
		for _, name := range r.imports {
			if name == all {
				continue
			}
			j := slices.IndexFunc(rooms, func(other room) bool { return other.path == name })
			if j < 0 || !arrows[[2]int{i, j}] {
				t.Errorf("%s may import %s, and does not", r.path, name)
			}
		}
	}
}

func TestTheTableOfRoomsIsThatOfTheDocs(t *testing.T) {
	const path, begin, end = "../../docs/architecture.md", "<!-- rooms -->\n", "<!-- end of rooms -->"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	found, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		t.Fatalf("%s lacks %q or %q", path, begin, end)
	}
	table := "| room | what lives there | may import |\n| --- | --- | --- |\n"
	for _, r := range rooms {
		table += fmt.Sprintf("| `%s` | %s | %s |\n", r.path, r.says, strings.Join(r.imports, ", "))
	}
	if found == table {
		return
	}
	if !*update {
		t.Fatalf("the table of %s differs, run: go test ./internal/archtest -update", path)
	}
	if err := os.WriteFile(path, []byte(before+begin+table+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
