package cloudtrail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

var errUnexpectedEnd = errors.New("not JSON: it ends too early")

// decodeObject decodes one JSON object with nothing after it. Numbers keep their digits. It makes
// maps, because encoding/json matches the keys of structs without regard to case: a caller who
// writes "EVENTNAME" into a request must not set the name of the event.
func decodeObject(b []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errUnexpectedEnd
		}
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if rest := bytes.TrimSpace(b[dec.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("not JSON: %q after the object", rest[0])
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s, want an object", jsonType(v))
	}
	return fields, nil
}
