package rules

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed catalog/*.yaml
var catalogFiles embed.FS

// Catalog returns the packs that come with Trailbus, ordered by name. The packs are shared: to
// change a rule, change a copy.
func Catalog() []*Pack { return slices.Clone(catalog()) }

var catalog = sync.OnceValue(func() []*Pack {
	entries, err := catalogFiles.ReadDir("catalog")
	if err != nil {
		panic(err) // cannot happen: embedded
	}
	var packs []*Pack
	for _, entry := range entries {
		data, err := catalogFiles.ReadFile(path.Join("catalog", entry.Name()))
		if err != nil {
			panic(err)
		}
		pack, err := load("rules/catalog/"+entry.Name(), data, catalogKeys...)
		if err != nil {
			panic(fmt.Sprintf("the catalogue has problems, and a test should have said so:\n%v", err))
		}
		packs = append(packs, pack)
	}
	slices.SortFunc(packs, func(a, b *Pack) int { return strings.Compare(a.Name, b.Name) })
	if err := resolve(packs); err != nil {
		panic(err)
	}
	return packs
})

// catalogPage lists the rules of the catalogue, each under an anchor of its id.
const catalogPage = "https://github.com/trailbus/trailbus/blob/main/rules/README.md"

// resolve sets the page of each rule, and adds to each pack the rules that it includes from others.
// It adds the same *Rule, not a copy, so that a set of two packs has a rule of both once.
func resolve(packs []*Pack) error {
	own := map[string]*Rule{}
	for _, pack := range packs {
		for _, rule := range pack.Rules {
			if own[rule.ID] != nil {
				return fmt.Errorf("rule %q is defined in two packs, %s is one of them", rule.ID, pack.Name)
			}
			own[rule.ID] = rule
			rule.Page = catalogPage + "#" + rule.ID
		}
	}
	for _, pack := range packs {
		for _, id := range pack.include {
			rule := own[id]
			if rule == nil || slices.Contains(pack.Rules, rule) {
				return fmt.Errorf("pack %s includes %q, which is no rule of another pack", pack.Name, id)
			}
			pack.Rules = append(pack.Rules, rule)
		}
	}
	return nil
}

// CatalogRules returns the rules of all packs of the catalogue, each once.
func CatalogRules() []*Rule {
	return rulesOf(catalog())
}

// rulesOf returns the rules of packs, each once.
func rulesOf(packs []*Pack) []*Rule {
	var all []*Rule
	for _, pack := range packs {
		for _, rule := range pack.Rules {
			if !slices.Contains(all, rule) {
				all = append(all, rule)
			}
		}
	}
	return all
}

// PacksOf returns the names of the packs of the catalogue that have a rule, by its id; none if the
// catalogue does not have it.
func PacksOf(id string) []string {
	var packs []string
	for _, pack := range catalog() {
		if slices.ContainsFunc(pack.Rules, func(r *Rule) bool { return r.ID == id }) {
			packs = append(packs, pack.Name)
		}
	}
	return packs
}

// NewCatalogSet returns a set of the rules of packs of the catalogue, given by name. A rule that is
// in two of them is in the set once. An unknown name is an error.
func NewCatalogSet(packs ...string) (*Set, error) {
	var chosen []*Pack
	for _, name := range packs {
		i := slices.IndexFunc(catalog(), func(p *Pack) bool { return p.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("found unknown pack %q, allowed: %s", name, strings.Join(PackNames(), ", "))
		}
		chosen = append(chosen, catalog()[i])
	}
	return NewSet(rulesOf(chosen)...)
}

// PackNames returns the names of the packs of the catalogue, sorted.
func PackNames() []string {
	var names []string
	for _, pack := range catalog() {
		names = append(names, pack.Name)
	}
	return names
}
