package backtest

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/rules"
)

// ruleSelection says which rules to try in place of those of the configuration.
type ruleSelection struct{ files, packs, ids []string }

// rules returns the rules to try: those of the files and packs, or else those that are on; and of
// these, where ids are given, only those. An id may also be one of the catalogue.
func (r *ruleSelection) rules(s *cli.Streams, on *rules.Set) (*rules.Set, error) {
	if len(r.files)+len(r.packs)+len(r.ids) == 0 {
		return on, nil
	}
	var chosen []*rules.Rule
	add := func(more []*rules.Rule) {
		for _, rule := range more {
			if !slices.Contains(chosen, rule) { // packs share rules
				chosen = append(chosen, rule)
			}
		}
	}
	for _, path := range r.files {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, cli.NewInputError(fmt.Errorf("%s: cannot be read: %w", path, cli.WithoutPath(err)))
		}
		pack, err := rules.Load(path, data)
		if err != nil {
			return nil, cli.NewInputError(err)
		}
		for _, warning := range pack.Warnings {
			fmt.Fprintln(s.Err, warning)
		}
		add(pack.Rules)
	}
	for _, name := range r.packs {
		i := slices.IndexFunc(rules.Catalog(), func(p *rules.Pack) bool { return p.Name == name })
		if i < 0 {
			return nil, cli.NewInputError(fmt.Errorf("found unknown pack %q%s, allowed: %s", name,
				yamldoc.DidYouMean(name, rules.PackNames()), strings.Join(rules.PackNames(), ", ")))
		}
		add(rules.Catalog()[i].Rules)
	}
	if len(r.files)+len(r.packs) == 0 {
		add(on.Rules())
	}
	if len(r.ids) > 0 {
		var err error
		if chosen, err = r.byID(chosen); err != nil {
			return nil, err
		}
	}
	set, err := rules.NewSet(chosen...)
	if err != nil {
		return nil, cli.NewInputError(err)
	}
	return set, nil
}

// byID gives the rules with the ids, from some rules or else from the catalogue.
func (r *ruleSelection) byID(from []*rules.Rule) ([]*rules.Rule, error) {
	all := append(slices.Clone(from), rules.CatalogRules()...)
	var names []string
	for _, rule := range all {
		names = append(names, rule.ID)
	}
	var chosen []*rules.Rule
	for _, id := range r.ids {
		i := slices.Index(names, id)
		if i < 0 {
			return nil, cli.UnknownRule(id, names)
		}
		if !slices.Contains(chosen, all[i]) {
			chosen = append(chosen, all[i])
		}
	}
	return chosen, nil
}
