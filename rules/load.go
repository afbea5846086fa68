package rules

import (
	"encoding/json"
	"regexp"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/yamldoc"
)

// Pack is a file of rules, of the catalogue or of a user.
type Pack struct {
	// Name identifies the pack: lower-case words joined by hyphens.
	Name string `json:"pack"`
	// Title says in a few words what the pack watches; optional.
	Title string `json:"title,omitempty"`
	// Rules are the rules of the pack, in the order of the file, followed by those that it includes
	// from other packs.
	Rules []*Rule `json:"rules"`
	// Warnings are probable mistakes, each as file:line:column: warning: text.
	Warnings []string `json:"-"`
	// positions are the lines and columns of the rules, by id.
	positions map[string][2]int
	// include are the ids of rules of other packs of the catalogue.
	include []string
}

// Position returns the line and column of a rule in the file, both from 1; zeros for a rule that
// the file does not have.
func (p *Pack) Position(id string) (line, column int) {
	at := p.positions[id]
	return at[0], at[1]
}

// maxTitle is how many characters the header of a Slack message may have:
// https://docs.slack.dev/reference/block-kit/blocks/header-block.
const maxTitle = 150

var (
	ruleID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	call   = regexp.MustCompile(`^([a-z0-9.-]+):([A-Za-z0-9_]+)$`)
)

// Load reads a file of rules. file is its name, for errors. The error has all problems of the file,
// a line each, as file:line:column: what was found, what is allowed.
func Load(file string, data []byte) (*Pack, error) { return load(file, data, ownKeys...) }

// The keys of a file of rules. Only packs of the catalogue may include rules of each other.
var (
	ownKeys     = []string{"pack", "title", "rules"}
	catalogKeys = []string{"pack", "title", "include", "rules"}
)

// load is [Load] for a file with the given keys.
func load(file string, data []byte, keys ...string) (*Pack, error) {
	root, doc := yamldoc.Parse(file, data)
	fields := root.Fields(keys...)
	pack := &Pack{Name: required(fields["pack"], "pack").Text(), Title: fields["title"].Line("title", maxTitle),
		include: fields["include"].Texts()}
	if fields["pack"].Present() && !ruleID.MatchString(pack.Name) {
		fields["pack"].Problemf("found pack %q, allowed: lower-case words joined by hyphens", pack.Name)
	}
	pack.positions = map[string][2]int{}
	if len(pack.include) == 0 {
		required(fields["rules"], "rules")
	}
	for _, item := range fields["rules"].Items() {
		rule := loadRule(item)
		if first, seen := pack.positions[rule.ID]; seen && rule.ID != "" {
			item.Problemf("rule %q is given twice, first in line %d", rule.ID, first[0])
		}
		line, column := item.Position()
		pack.positions[rule.ID] = [2]int{line, column}
		pack.Rules = append(pack.Rules, rule)
	}
	problems := doc.Problems()
	if len(problems.Errors()) > 0 {
		return nil, problems
	}
	for _, warning := range problems.Warnings() {
		pack.Warnings = append(pack.Warnings, warning.Error())
	}
	return pack, nil
}

func required(v yamldoc.Value, name string) yamldoc.Value {
	if !v.Present() {
		v.Problemf("%s is missing", name)
	}
	return v
}

func loadRule(item yamldoc.Value) *Rule {
	fields := item.Fields("id", "title", "severity", "why", "first", "references", "page", "show", "calls", "pattern",
		"unless", "readOnly")
	rule := &Rule{
		ID:         required(fields["id"], "id").Text(),
		Title:      required(fields["title"], "title").Line("title", maxTitle),
		Why:        required(fields["why"], "why").Prose("why"),
		First:      fields["first"].Prose("first"),
		References: fields["references"].Lines("reference", maxTitle),
		Page:       loadPage(fields["page"]),
		Show:       fields["show"].Lines("path to show", maxTitle),
		Pattern:    loadPattern(fields["pattern"]),
		ReadOnly:   fields["readOnly"].Bool(),
	}
	if fields["id"].Present() && !ruleID.MatchString(rule.ID) {
		fields["id"].Problemf("found id %q, allowed: lower-case words joined by hyphens", rule.ID)
	}
	if severity := required(fields["severity"], "severity"); severity.Present() {
		var err error
		if rule.Severity, err = ParseSeverity(severity.Text()); err != nil {
			severity.Problemf("%v", err)
		}
	}
	for _, item := range fields["calls"].NonEmptyItems("call") {
		if text := item.Text(); checkCall(item, text) {
			rule.Calls = append(rule.Calls, text)
		}
	}
	for _, item := range fields["unless"].Items() {
		if pattern := loadPattern(item); pattern != nil {
			rule.Unless = append(rule.Unless, pattern)
		}
	}
	if !fields["calls"].Present() && !fields["pattern"].Present() {
		item.Problemf("neither calls nor pattern is given, allowed: one or both")
	} else if len(rule.Calls) > 0 || rule.Pattern != nil { // else their problems are reported already
		if _, err := NewSet(rule); err != nil {
			item.Problemf("%v", err)
		}
	}
	if !rule.ReadOnly && onlyReads(rule.Calls) {
		fields["calls"].Warningf("found only calls that read, which EventBridge never delivers without readOnly: true")
	}
	return rule
}

// pageURL matches an address that can be used in a link.
var pageURL = regexp.MustCompile(`^https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]+)?([/?#][^\s<>|"']*)?$`)

// maxPage is the greatest length of a page's address: every message has it.
const maxPage = 500

func loadPage(v yamldoc.Value) string {
	if !v.Present() {
		return ""
	}
	page := v.Line("page", maxPage)
	if !pageURL.MatchString(page) {
		v.Problemf("found a page that is no address for a link, allowed: https, a host and a path, such as wiki.example.com/access-keys behind https")
	}
	return page
}

func loadPattern(v yamldoc.Value) json.RawMessage {
	if !v.Present() {
		return nil
	}
	pattern := v.JSON()
	if _, err := eventpattern.Compile(pattern); err != nil {
		v.Problemf("%v", err)
		return nil
	}
	for _, field := range objectsAskedToExist(pattern) {
		v.Warningf("detail.%s is an object, and exists looks at fields that are none, so this matches no object, allowed: exists for a field of it", field)
	}
	return pattern
}
