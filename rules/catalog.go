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

// Catalog is the packs that come with Trailbus, by name.
var Catalog = sync.OnceValue(func() []*Pack {
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
		pack, err := Load("rules/catalog/"+entry.Name(), data)
		if err != nil {
			panic(fmt.Sprintf("the catalogue has problems, and a test should have said so:\n%v", err))
		}
		packs = append(packs, pack)
	}
	slices.SortFunc(packs, func(a, b *Pack) int { return strings.Compare(a.Name, b.Name) })
	return packs
})

// PackNames are the names of the packs that come with Trailbus.
func PackNames() []string {
	var names []string
	for _, pack := range Catalog() {
		names = append(names, pack.Name)
	}
	return names
}
