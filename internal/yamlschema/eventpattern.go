package yamlschema

// EventPatternName is the definition that a schema with event patterns needs.
const EventPatternName = "EventPattern"

// The limits of numbers that EventBridge can compare: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
var lowest, highest = -5_000_000_000, 5_000_000_000

// EventPattern are the definitions of an EventBridge event pattern, as package eventpattern compiles it. What no schema can say of
// patterns: their length, their depth, ranges that are empty, numbers with too many decimal places, CIDR blocks in detail, keys that
// are reserved inside $or, and a path that stands in two $or.
func EventPattern() []Property {
	or := Property{"$or", &Schema{
		Description: "Two or more patterns, of which one must match.",
		Type:        Types{"array"}, MinItems: 2, Items: Ref(EventPatternName),
	}}
	return []Property{
		{EventPatternName, &Schema{
			Type:          Types{"object"},
			MinProperties: 1,
			Properties:    Properties{or},
			Additional:    Ref("Member"),
		}},
		// One schema of two types, and not a choice between two: of a choice editors say less.
		{"Member", &Schema{
			Type: Types{"object", "array"}, MinItems: 1, Items: Ref("Condition"), MinProperties: 1, Properties: Properties{or}, Additional: Ref("Member"),
		}},
		{"Condition", &Schema{
			Type: Types{"string", "number", "boolean", "null", "object"}, MinProperties: 1, MaxProperties: 1, Additional: false,
			Properties: Properties{
				{"prefix", described(affix(), "The value begins so.")},
				{"suffix", described(affix(), "The value ends so.")},
				{"equals-ignore-case", described(text(), "The value is this one, in capital or small letters.")},
				{"wildcard", described(wildcard(), `A star stands for any characters. \* is a star itself, \\ a backslash.`)},
				{"anything-but", described(anythingBut(), "The value is there and is none of these.")},
				{"numeric", described(numeric(), `A comparison, or a lower bound and an upper one: [">", 0, "<=", 5].`)},
				{"cidr", described(&Schema{Type: Types{"string"}, Pattern: `^[0-9A-Fa-f.:]+/[0-9+-]+$`}, "The value is an IP address of this block, such as 10.0.0.0/24.")},
				{"exists", described(&Schema{Type: Types{"boolean"}}, "Whether there is such a field, whatever its value. Objects are no fields.")},
			},
		}},
	}
}

func described(s *Schema, text string) *Schema {
	s.Description = text
	return s
}

func text() *Schema { return &Schema{Type: Types{"string"}} }

// notEmpty is for what would match everything if it were empty.
func notEmpty() *Schema { return &Schema{Type: Types{"string"}, MinLength: 1} }

// wildcard has no two stars in a row, and a backslash only before a star or a backslash.
func wildcard() *Schema {
	return &Schema{Type: Types{"string"}, Pattern: `^\*?(?:(?:[^*\\]|\\[*\\])\*?)*$`}
}

func number() *Schema { return &Schema{Type: Types{"number"}, Minimum: &lowest, Maximum: &highest} }

// oneOrMany is one value or a list of them.
func oneOrMany(value func() *Schema) *Schema {
	return &Schema{AnyOf: []*Schema{value(), {Type: Types{"array"}, MinItems: 1, Items: value()}}}
}

// only is an object with one of some operators in it.
func only(operators ...Property) *Schema {
	return &Schema{Type: Types{"object"}, MinProperties: 1, MaxProperties: 1, Additional: false, Properties: operators}
}

func affix() *Schema {
	return &Schema{AnyOf: []*Schema{text(), only(Property{"equals-ignore-case", text()})}}
}

func anythingBut() *Schema {
	values := append(oneOrMany(text).AnyOf, oneOrMany(number).AnyOf...)
	return &Schema{AnyOf: append(values, only(
		Property{"prefix", oneOrMany(notEmpty)},
		Property{"suffix", oneOrMany(notEmpty)},
		Property{"equals-ignore-case", oneOrMany(text)},
		Property{"wildcard", oneOrMany(wildcard)},
	))}
}

func numeric() *Schema {
	comparison := func(names ...string) *Schema { return &Schema{Enum: names} }
	return &Schema{AnyOf: []*Schema{
		{Type: Types{"array"}, Items: []*Schema{comparison("=", "<", "<=", ">", ">="), number()}, MinItems: 2, MaxItems: 2},
		{Type: Types{"array"}, Items: []*Schema{comparison(">", ">="), number(), comparison("<", "<="), number()}, MinItems: 4, MaxItems: 4},
	}}
}
