package eventpattern

import (
	"bytes"
	"fmt"
)

// wildcard is a text with stars, each of which matches any number of bytes. It is stored as the
// texts between the stars: the first is a prefix, the last a suffix, and those between must occur
// in order, each as early as possible.
type wildcard struct {
	texts [][]byte
}

// parseWildcard reads a wildcard; quoted is the text in its double quotes. A star may be escaped
// with a backslash, and so may a backslash; nothing else may. See
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching.
func parseWildcard(quoted []byte) (wildcard, error) {
	var w wildcard
	var text []byte
	for i := 0; i < len(quoted); i++ {
		switch quoted[i] {
		case '*':
			if i+1 < len(quoted) && quoted[i+1] == '*' {
				return wildcard{}, fmt.Errorf("wildcard %s has two stars in a row at byte %d, want one", quoted, i-1)
			}
			w.texts = append(w.texts, text)
			text = nil
		case '\\':
			if i++; i >= len(quoted) || quoted[i] != '*' && quoted[i] != '\\' {
				return wildcard{}, fmt.Errorf("wildcard %s has a backslash at byte %d that escapes neither a star nor a backslash",
					quoted, i-2)
			}
			text = append(text, quoted[i])
		default:
			text = append(text, quoted[i])
		}
	}
	w.texts = append(w.texts, text)
	return w, nil
}

func (w wildcard) matches(v *value) bool {
	s := v.text
	first, last := w.texts[0], w.texts[len(w.texts)-1]
	if len(w.texts) == 1 {
		return bytes.Equal(s, first)
	}
	if len(s) < len(first)+len(last) || !bytes.HasPrefix(s, first) || !bytes.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, text := range w.texts[1 : len(w.texts)-1] {
		i := bytes.Index(s, text)
		if i < 0 {
			return false
		}
		s = s[i+len(text):]
	}
	return true
}
