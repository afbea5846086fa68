// Package eventpattern compiles Amazon EventBridge event patterns and matches events against them
// as EventBridge does.
//
// A pattern is an object with the structure of the events it matches. Its leaves are arrays of
// values or of operators (prefix, suffix, wildcard, anything-but, numeric, cidr, exists,
// equals-ignore-case); a leaf matches if any of its entries does, and an event matches if all
// leaves do. See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
// and https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
// What the service's guide leaves open is decided as event-ruler decides it
// (https://github.com/aws/event-ruler), the matcher EventBridge is built on. Some of it is
// surprising:
//
//   - An array in the event matches if one of its elements does, so anything-but needs one element
//     that is something else.
//   - If two fields of a pattern lie in the same array of objects, they must match in the same
//     object.
//   - exists is about leaves: an object, and an empty array, do not exist.
//   - exists: false, in an array of objects, looks at the objects that the fields before it in
//     alphabetical order have matched in; if there are none, at all objects.
//   - A dot in a key is equivalent to nesting: {"detail.state": …} and {"detail": {"state": …}} are
//     the same.
//   - 300, 300.0 and 3.0e2 are equal. Numbers beyond ±5e9 or with more than six decimal places
//     equal only what is spelled alike, and are in no range.
//   - A string that is an IP address equals every spelling of that address.
//   - If an event has a key twice, both values count; if a pattern has it twice, the last one
//     counts.
//
// One pattern is matched with [Pattern.Matches], many at once with a [Set], which reads an event
// once whatever the number of patterns. [Pattern.Explain] says which fields keep an event from
// matching.
//
// The service also refuses patterns whose wildcards are too complex together. It does not document
// the limit, so [Compile] does not check it.
package eventpattern
