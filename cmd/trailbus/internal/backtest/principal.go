package backtest

import (
	"bytes"
	"encoding/json"
	"strings"
)

// principal is the caller, as far as a mute can tell callers apart: the values of some fields of a
// record's userIdentity. The fields are chosen one after the other, and each field that was read is
// part of the principal, even an absent one. So two calls are by the same principal if, and only
// if, the pattern of one matches the other.
type principal struct {
	conditions []condition
	// key is the same for the same principal only.
	key string
	// unsupported says that a field that counts is no text, so that no pattern is made.
	unsupported bool
}

// condition is what one field of userIdentity must be, as the value of an event pattern.
type condition struct {
	path  []string
	value any
}

// maxIdentity is the longest identity that a pattern is made of, in bytes. Real ones have up to 2
// KB.
const maxIdentity = 16 << 10

// ssoRolePrefix is in the ARN of each role that Identity Center makes. Their sessions are people;
// the sessions of other roles have names without end, and the role stands for all of them.
const ssoRolePrefix = "/AWSReservedSSO_"

var (
	typePath       = []string{"type"}
	arnPath        = []string{"arn"}
	issuerPath     = []string{"sessionContext", "sessionIssuer", "arn"}
	onBehalfOfPath = []string{"onBehalfOf", "userId"}
	principalPath  = []string{"principalId"}
	userPath       = []string{"userName"}
	accountPath    = []string{"accountId"}
	invokedByPath  = []string{"invokedBy"}
)

// principalOf reads a record's userIdentity, which may be anything.
func principalOf(identity json.RawMessage) *principal {
	var fields map[string]any
	if len(identity) <= maxIdentity {
		_ = json.Unmarshal(identity, &fields) // what is no object has no fields
	}
	p := &principal{unsupported: len(identity) > maxIdentity}
	kind := p.field(fields, typePath)
	p.identify(fields, kind)
	// Calls that a service makes on behalf of a principal are another principal: a mute of one must
	// not hide the other.
	p.field(fields, invokedByPath)
	p.key = string(p.pattern())
	return p
}

// identify looks at fields until one names the caller.
func (p *principal) identify(fields map[string]any, kind string) {
	switch kind {
	case "Root":
		if p.field(fields, accountPath) != "" {
			return
		}
	case "AWSService":
		return // invokedBy names it
	case "AssumedRole":
		if issuer := p.field(fields, issuerPath); issuer != "" && !strings.Contains(issuer, ssoRolePrefix) {
			return
		}
	case "AWSAccount":
		p.field(fields, accountPath)
		p.identifyRole(fields)
		return
	}
	paths := [][]string{arnPath, onBehalfOfPath, principalPath}
	switch kind {
	case "Root", "IAMUser", "AssumedRole", "FederatedUser": // never on behalf of a user of Identity Center
		paths = [][]string{arnPath, principalPath}
	}
	for _, path := range paths {
		if p.field(fields, path) != "" {
			return
		}
	}
	p.field(fields, userPath)
	if kind != "Root" {
		p.field(fields, accountPath)
	}
}

// identifyRole looks at a principalId without the session behind its colon.
func (p *principal) identifyRole(fields map[string]any) {
	if id := p.field(fields, principalPath); strings.Contains(id, ":") {
		before, _, _ := strings.Cut(id, ":")
		p.conditions[len(p.conditions)-1].value = map[string]any{"prefix": before + ":"}
	}
}

// field asks for the value that a field has, and gives it when it is a text. A path goes through
// objects only.
func (p *principal) field(fields map[string]any, path []string) string {
	var value any
	there := true
	for i, key := range path {
		if value, there = fields[key]; !there {
			break
		}
		if i < len(path)-1 {
			inner, ok := value.(map[string]any)
			if list, isList := value.([]any); isList && len(list) > 0 {
				p.unsupported = true
			}
			if !ok { // null, a text: there is nothing further down
				there = false
				break
			}
			fields = inner
		}
	}
	text := ""
	var wanted any = map[string]any{"exists": false}
	if there {
		wanted = value
		switch v := value.(type) {
		case string:
			text = v
		case nil:
		default:
			p.unsupported = true
		}
	}
	p.conditions = append(p.conditions, condition{path, wanted})
	return text
}

// pattern is the event pattern of the principal's calls.
func (p *principal) pattern() json.RawMessage {
	identity := map[string]any{}
	for _, c := range p.conditions {
		at := identity
		for _, key := range c.path[:len(c.path)-1] {
			inner, ok := at[key].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[key] = inner
			}
			at = inner
		}
		at[c.path[len(c.path)-1]] = []any{c.value}
	}
	return encode(map[string]any{"detail": map[string]any{"userIdentity": identity}})
}

// encode writes JSON with < > & as they are.
func encode(v any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // only what was read as JSON
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
