package yamlschema

import (
	"bytes"
	"errors"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// Validator says what an editor would say about a file.
type Validator struct{ schema *jsonschema.Schema }

// NewValidator reads the file of a schema.
func NewValidator(file string) (*Validator, error) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(file)
	return &Validator{schema}, err
}

// Validate checks the text of a YAML file.
func (v *Validator) Validate(text []byte) error {
	root, doc := yamldoc.Parse("file", text)
	encoded := root.JSON()
	if problems := doc.Problems(); len(problems) > 0 {
		return problems
	}
	if encoded == nil {
		return errors.New("the file is empty")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	return v.schema.Validate(value)
}
