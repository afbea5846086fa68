package config

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/rules"
)

// ruleReader reads which rules are on.
type ruleReader struct {
	*reader
	config *Config
	on     []*rules.Rule
	// incomplete says that some rules could not be read, which was reported. An unknown rule may be
	// one of them.
	incomplete bool
	// ownByPack are the ids of the user's own rules, by the pack that their file names.
	ownByPack map[string][]string
}

func (r *reader) rules(v yamldoc.Value, c *Config) {
	packs, files := v.Get("packs"), v.Get("files")
	c.Own = map[string]string{}
	all := &ruleReader{reader: r, config: c, incomplete: v.Invalid(), ownByPack: map[string][]string{}}
	r.known = all
	all.packs(packs)
	for _, item := range files.Items() {
		all.file(item)
	}
	all.incomplete = all.incomplete || packs.Invalid() || files.Invalid()
	all.off(v.Get("off"))
	if len(all.on) == 0 && !all.incomplete {
		v.Problemf("no rule is switched on, allowed: packs (%s), files of your own, or both",
			strings.Join(rules.PackNames(), ", "))
	}
	all.severities(v.Get("severities"))
	var err error
	if c.Rules, err = rules.NewSet(all.on...); err != nil {
		v.Problemf("%v", err)
	}
	for _, item := range v.Get("mutes").Items() {
		c.Mutes = append(c.Mutes, all.mute(item))
	}
}

// nameSecret makes the rules of the pack tamper, but for the user's own, watch the Slack secret.
func (r *reader) nameSecret(v yamldoc.Value, c *Config) {
	if c.Rules == nil {
		return // reported already
	}
	var all []*rules.Rule
	for _, rule := range c.Rules.Rules() {
		if c.Own[rule.ID] == "" {
			named, err := rules.Names{Secret: c.Slack.Secret}.Apply([]*rules.Rule{rule})
			if err != nil {
				v.Problemf("%v", err)
				return
			}
			rule = named[0]
		}
		all = append(all, rule)
	}
	set, err := rules.NewSet(all...)
	if err != nil {
		v.Problemf("%v", err)
		return
	}
	c.Rules = set
}

func (r *ruleReader) packs(v yamldoc.Value) {
	for _, item := range v.Items() {
		index := slices.IndexFunc(rules.Catalog(), func(p *rules.Pack) bool { return p.Name == item.Text() })
		if index < 0 {
			r.incomplete = true
			continue
		}
		for _, rule := range rules.Catalog()[index].Rules {
			if r.index(rule.ID) < 0 { // two packs may have the same rule
				r.on = append(r.on, rule)
			}
		}
	}
}

// file reads a file with the user's own rules.
func (r *ruleReader) file(item yamldoc.Value) {
	path := item.Text()
	if path == "" {
		r.incomplete = true
		return
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	data, err := r.readFile(path)
	if err != nil {
		r.incomplete = true
		item.Problemf("rule file %q cannot be read: %v", item.Text(), unwrapPath(err))
		return
	}
	pack, err := rules.Load(path, data)
	if problems, ok := errors.AsType[yamldoc.Problems](err); ok {
		r.incomplete = true
		r.problems = append(r.problems, problems...)
		return
	}
	r.config.Warnings = append(r.config.Warnings, pack.Warnings...)
	r.config.RuleFiles = append(r.config.RuleFiles, path)
	for _, rule := range pack.Rules {
		r.ownByPack[pack.Name] = append(r.ownByPack[pack.Name], rule.ID)
		if first, ok := r.config.Own[rule.ID]; ok {
			item.Problemf("rule %q is in %s and in %s, allowed: one of them", rule.ID, first, path)
			continue
		}
		r.config.Own[rule.ID] = path
		if i := r.index(rule.ID); i >= 0 {
			r.on[i] = rule
			r.config.Replaced = append(r.config.Replaced, rule.ID)
			continue
		}
		r.on = append(r.on, rule)
		if packs := rules.PacksOf(rule.ID); len(packs) > 0 && !r.incomplete {
			line, column := pack.Position(rule.ID)
			r.problems = append(r.problems, Problem{File: path, Line: line, Column: column, Warning: true,
				Message: "rule \"" + rule.ID + "\" of the catalogue (in " + strings.Join(packs, ", ") +
					") is not switched on, so this one replaces nothing"})
		}
	}
}

// off switches rules of the catalogue off.
func (r *ruleReader) off(v yamldoc.Value) {
	for _, item := range v.Items() {
		id := item.Text()
		if slices.Contains(r.config.Off, id) {
			continue // reported already
		}
		if i := r.catalogRule(item, id); i >= 0 {
			r.on = slices.Delete(r.on, i, i+1)
			r.config.Off = append(r.config.Off, id)
		}
	}
}

// severities changes the severities of rules of the catalogue.
func (r *ruleReader) severities(v yamldoc.Value) {
	for _, entry := range v.Entries("rule ids to severities") {
		severity, err := rules.ParseSeverity(entry.Value.Text())
		if err != nil {
			continue
		}
		id := entry.Key.Text()
		i := r.catalogRule(entry.Key, id)
		if i < 0 {
			continue
		}
		if r.on[i].Severity == severity {
			entry.Value.Warningf("rule %q is %s already, so this changes nothing", id, severity)
			continue
		}
		changed := *r.on[i] // a copy: the catalogue is shared
		changed.Severity = severity
		r.on[i] = &changed
	}
}

// catalogRule returns the index among the rules that are on of a rule of the catalogue, or -1 after
// reporting why it cannot be changed.
func (r *ruleReader) catalogRule(at yamldoc.Value, id string) int {
	if file, own := r.config.Own[id]; own {
		at.Problemf("rule %q is one of your own, in %s, allowed: a rule of the catalogue; change your own in its file", id,
			file)
		return -1
	}
	return r.find(at, id, "this changes nothing", "the id of a rule of the catalogue")
}

// find returns the index of a rule among those that are on, or -1. A rule that exists but is not on
// gets a warning, so that a pack can be switched off and on again; one that does not exist is an
// error.
func (r *ruleReader) find(at yamldoc.Value, id, consequence, allowed string) int {
	i := r.index(id)
	switch {
	case i >= 0 || r.incomplete:
	case len(rules.PacksOf(id)) > 0:
		at.Warningf("rule %q is not switched on, so %s", id, consequence)
	default:
		at.Problemf("found unknown rule %q%s, allowed: %s", id, yamldoc.DidYouMean(id, r.ids()), allowed)
	}
	return i
}

func (r *ruleReader) index(id string) int {
	return slices.IndexFunc(r.on, func(rule *rules.Rule) bool { return rule.ID == id })
}

// ids returns the ids of all rules, on or not.
func (r *ruleReader) ids() []string {
	var ids []string
	for _, rule := range slices.Concat(rules.CatalogRules(), r.on) {
		ids = append(ids, rule.ID)
	}
	return ids
}
