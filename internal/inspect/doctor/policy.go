package doctor

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
)

// request is a call that a policy may allow. Keys of the context are in lower case.
type request struct {
	service, account string // the principal: a service of AWS, or an account
	action, resource string // without a resource, that of a statement is not compared
	context          map[string]string
}

// allows says whether a policy allows a request, and if not, why. A statement with an unknown
// condition denies, and does not allow.
func allows(policy string, r request) (allowed bool, why string) {
	var document struct{ Statement statementList }
	if policy == "" {
		return false, "there is no policy"
	}
	if err := json.Unmarshal([]byte(policy), &document); err != nil {
		return false, "the policy cannot be read: " + err.Error()
	}
	why = "no statement allows " + r.action
	for _, s := range document.Statement {
		if !s.appliesTo(r) {
			continue
		}
		holds, known := s.conditionsHold(r)
		switch {
		case s.Effect == "Deny" && (holds || !known):
			return false, "a statement denies " + r.action + s.sidSuffix()
		case s.Effect == "Allow" && holds && known:
			allowed = true
		case s.Effect == "Allow" && !allowed:
			why = "a statement allows " + r.action + " only under a condition that does not hold" + s.sidSuffix()
		}
	}
	if allowed {
		why = ""
	}
	return allowed, why
}

// statement is a statement of a policy.
type statement struct {
	Sid, Effect                              string
	Principal, NotPrincipal                  json.RawMessage
	Action, NotAction, Resource, NotResource stringList
	Condition                                map[string]map[string]stringList
}

func (s *statement) sidSuffix() string {
	if s.Sid == "" {
		return ""
	}
	return " (" + s.Sid + ")"
}

// appliesTo compares principal, action and resource of a statement with a request.
func (s *statement) appliesTo(r request) bool {
	action := s.Action.matches(r.action, true)
	if s.NotAction != nil {
		action = !s.NotAction.matches(r.action, true)
	}
	resource := r.resource == "" || s.Resource == nil || s.Resource.matches(r.resource, false)
	if s.NotResource != nil {
		resource = !s.NotResource.matches(r.resource, false)
	}
	return action && resource && s.hasPrincipal(r)
}

// hasPrincipal compares the principal of a statement. Policies of roles have none.
func (s *statement) hasPrincipal(r request) bool {
	if s.NotPrincipal != nil {
		return s.Effect == "Deny" // the exceptions are not evaluated
	}
	if s.Principal == nil {
		return true
	}
	var anyone string
	if json.Unmarshal(s.Principal, &anyone) == nil {
		return anyone == "*"
	}
	var principals map[string]stringList
	if json.Unmarshal(s.Principal, &principals) != nil {
		return false
	}
	if r.service != "" {
		return slices.Contains(principals["Service"], r.service) || slices.Contains(principals["AWS"], "*")
	}
	for _, name := range principals["AWS"] {
		if parts := strings.Split(name, ":"); name == "*" || name == r.account || len(parts) == 6 && parts[4] == r.account &&
			parts[5] == "root" {
			return true
		}
	}
	return false
}

// conditionsHold says whether all conditions of a statement hold, and whether that is known. One
// that does not hold is enough.
func (s *statement) conditionsHold(r request) (holds, known bool) {
	known = true
	for operator, keys := range s.Condition {
		for key, wanted := range keys {
			holds, knows := conditionHolds(operator, wanted, r.context, strings.ToLower(key))
			if knows && !holds {
				return false, true
			}
			known = known && knows
		}
	}
	return known, known
}

// conditionHolds evaluates a condition:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func conditionHolds(operator string, wanted stringList, context map[string]string, key string) (holds, known bool) {
	operator, ifExists := strings.CutSuffix(operator, "IfExists")
	// ForAnyValue: and ForAllValues:, since each key has one value here
	operator = operator[strings.LastIndex(operator, ":")+1:]
	value, there := context[key]
	negated := strings.Contains(operator, "Not")
	if !there {
		return ifExists || negated, true
	}
	switch operator {
	case "StringEquals", "StringNotEquals":
		return slices.Contains(wanted, value) != negated, true
	case "StringLike", "StringNotLike", "ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals":
		return wanted.matches(value, false) != negated, true
	case "Bool", "StringEqualsIgnoreCase":
		return slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, value) }), true
	}
	return false, false
}

// stringList is a text or a list of texts.
type stringList []string

// UnmarshalJSON reads a text, a list of texts, or another value as its JSON.
func (t *stringList) UnmarshalJSON(data []byte) error {
	var many []json.RawMessage
	if json.Unmarshal(data, &many) != nil {
		many = []json.RawMessage{data}
	}
	*t = stringList{}
	for _, one := range many {
		var text string
		if json.Unmarshal(one, &text) != nil {
			text = string(one)
		}
		*t = append(*t, text)
	}
	return nil
}

// matches says whether a pattern of the list, in which * and ? are wildcards, matches a text.
func (t stringList) matches(text string, fold bool) bool {
	return slices.ContainsFunc(t, func(pattern string) bool {
		if fold { // actions are case-insensitive
			pattern, text = strings.ToLower(pattern), strings.ToLower(text)
		}
		return matchWildcard(pattern, text)
	})
}

// matchWildcard matches as IAM does. For path.Match, a slash and brackets are special; they are
// hidden from it.
func matchWildcard(pattern, text string) bool {
	hide := strings.NewReplacer("/", "\x00", `\`, `\\`, "[", `\[`)
	ok, err := path.Match(hide.Replace(pattern), strings.ReplaceAll(text, "/", "\x00"))
	return ok && err == nil
}

// statementList is a statement or a list of them.
type statementList []statement

// UnmarshalJSON reads a statement or a list.
func (s *statementList) UnmarshalJSON(data []byte) error {
	var many []statement
	if err := json.Unmarshal(data, &many); err != nil {
		var one statement
		if json.Unmarshal(data, &one) != nil {
			return err
		}
		many = []statement{one}
	}
	*s = many
	return nil
}
