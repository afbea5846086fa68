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

// Catalog is the packs that come with Trailbus, in the order of their names. They are read once and shared: to change a rule, change a copy.
func Catalog() []*Pack { return slices.Clone(catalog()) }

var catalog = sync.OnceValue(func() []*Pack {
	entries, err := catalogFiles.ReadDir("catalog")
	if err != nil {
		panic(err) // embedded: it is there or does not compile
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

// resolve gives each rule its page, and each pack the rules that it includes from others. They are the same rules, not copies: a rule that is in two packs
// that are switched on is on once.
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

// CatalogRules are the rules of all packs, each once.
func CatalogRules() []*Rule {
	var all []*Rule
	for _, pack := range Catalog() {
		for _, rule := range pack.Rules {
			if !slices.Contains(all, rule) {
				all = append(all, rule)
			}
		}
	}
	return all
}

// PacksOf names the packs of the catalogue that have a rule; none for a rule that is not in the catalogue.
func PacksOf(id string) []string {
	var packs []string
	for _, pack := range Catalog() {
		if slices.ContainsFunc(pack.Rules, func(r *Rule) bool { return r.ID == id }) {
			packs = append(packs, pack.Name)
		}
	}
	return packs
}

// NewCatalogSet compiles the rules of packs of the catalogue by name. A rule that is in two of them is in the set once.
func NewCatalogSet(packs ...string) (*Set, error) {
	var all []*Rule
	for _, name := range packs {
		i := slices.IndexFunc(Catalog(), func(p *Pack) bool { return p.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("found unknown pack %q, allowed: %s", name, strings.Join(PackNames(), ", "))
		}
		for _, rule := range Catalog()[i].Rules {
			if !slices.Contains(all, rule) {
				all = append(all, rule)
			}
		}
	}
	return NewSet(all...)
}

// PackNames are the names of the packs that come with Trailbus.
func PackNames() []string {
	var names []string
	for _, pack := range Catalog() {
		names = append(names, pack.Name)
	}
	return names
}
