package yamlschema

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// strange is a key that no file has.
const strange = "no-such-key"

// Differences asks the reader of a file which keys it takes, by giving it a strange one at every place, and says where the schema
// has others. samples are files that the reader takes and that have every key between them; read gives what the reader says.
func (s *Schema) Differences(samples []string, read func(data []byte) string) ([]string, error) {
	var different []string
	asked := 0
	err := s.walk(nil, func(path []string, schema *Schema) error {
		place := cmp.Or(strings.Join(path, "."), "the top of the file")
		for _, absent := range []bool{false, true} { // better where the sample has something
			for _, sample := range samples {
				said, err := askReader(sample, path, absent, read)
				if errors.Is(err, errNoPlace) {
					continue
				}
				asked++
				if err == nil {
					different = append(different, schema.compare(place, said)...)
				}
				return err
			}
		}
		return fmt.Errorf("no sample has %s", place)
	})
	if err == nil && asked < 2 {
		err = fmt.Errorf("the reader was asked %d times, so nothing was compared", asked)
	}
	return different, err
}

// compare holds the keys of a mapping against those that the reader said it takes there.
func (s *Schema) compare(place, said string) (different []string) {
	taken, isMapping := keysTaken(said)
	if isMapping != (s.Properties != nil) {
		return []string{fmt.Sprintf("%s: a mapping with known keys for the reader: %v, for the schema: %v", place, isMapping, !isMapping)}
	}
	for _, key := range taken {
		if s.Properties.Get(key) == nil {
			different = append(different, fmt.Sprintf("%s: the reader takes the key %q, and the schema does not know it", place, key))
		}
	}
	for _, key := range s.Properties.Names() {
		if !slices.Contains(taken, key) {
			different = append(different, fmt.Sprintf("%s: the schema has the key %q, and the reader does not take it", place, key))
		}
	}
	return different
}

// walk visits the schema of the file, of each key, and of the items of each list. Event patterns are not looked into.
func (s *Schema) walk(path []string, visit func([]string, *Schema) error) error {
	if err := visit(path, s); err != nil {
		return err
	}
	for _, p := range s.Properties {
		at, schema := append(slices.Clone(path), p.Name), p.Schema
		for schema.Items != nil {
			at, schema = append(at, "0"), schema.Each()
		}
		if err := schema.walk(at, visit); err != nil {
			return err
		}
	}
	return nil
}

var errNoPlace = errors.New("the sample has no such place")

// askReader gives what the reader says where the strange key stands at one place of the sample.
func askReader(sample string, path []string, absent bool, read func([]byte) string) (string, error) {
	root, _ := yamldoc.Parse("sample", []byte(sample))
	var file any
	if err := json.Unmarshal(root.JSON(), &file); err != nil {
		return "", err
	}
	file, err := replaced(file, path, absent)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(file) // JSON is YAML
	return read(data), err
}

// replaced puts the strange key into the mapping at the place, or a mapping with it into the place of anything else, and of what is
// absent only if absent says so.
func replaced(value any, path []string, absent bool) (any, error) {
	if len(path) == 0 {
		if value == nil && !absent {
			return nil, errNoPlace
		}
		if mapping, ok := value.(map[string]any); ok {
			mapping[strange] = 0
			return mapping, nil
		}
		return map[string]any{strange: 0}, nil
	}
	var err error
	switch v := value.(type) {
	case map[string]any:
		v[path[0]], err = replaced(v[path[0]], path[1:], absent)
		return v, err
	case []any:
		if len(v) > 0 && path[0] == "0" {
			v[0], err = replaced(v[0], path[1:], absent)
			return v, err
		}
	case nil:
		if path[0] == "0" {
			item, err := replaced(nil, path[1:], absent)
			return []any{item}, err
		}
	}
	return nil, errNoPlace
}

// keysTaken reads the keys out of what yamldoc says about the strange one.
func keysTaken(said string) (keys []string, isMapping bool) {
	for line := range strings.Lines(said) {
		if _, after, found := strings.Cut(line, fmt.Sprintf("unknown key %q", strange)); found {
			_, allowed, _ := strings.Cut(strings.TrimSpace(after), "allowed: ")
			return strings.Split(allowed, ", "), true
		}
	}
	return nil, false
}
