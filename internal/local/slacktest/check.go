package slacktest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a message may hold, in characters (code points) or pieces. All but the last from
// https://docs.slack.dev/reference/block-kit/blocks and its pages for elements and composition
// objects.
const (
	maxBlocks        = 50
	maxHeader        = 150
	maxSectionText   = 3000
	maxFields        = 10
	maxField         = 2000
	maxContext       = 10
	maxActions       = 25
	maxButtonText    = 75
	maxButtonURL     = 3000
	maxButtonValue   = 2000
	maxImageText     = 2000
	maxMarkdown      = 12000
	maxBlockID       = 255
	maxTableRows     = 100
	maxTableCells    = 20
	maxAttachments   = 100
	maxTotalBlocks   = 13200 // not documented: https://github.com/slackapi/bolt-js/issues/2509
	invalidPayload   = "invalid_payload"
	invalidBlocks    = "invalid_blocks"
	noText           = "no_text"
	tooManyAttached  = "too_many_attachments"
	formType         = "application/x-www-form-urlencoded"
	formPayloadField = "payload"
)

// blockTypes are the blocks a message may hold.
var blockTypes = map[string]func(object) bool{
	"actions":  actions,
	"context":  context,
	"divider":  func(object) bool { return true },
	"header":   func(b object) bool { return text(b["text"], maxHeader, "plain_text") },
	"image":    image,
	"markdown": func(b object) bool { return nonEmptyText(b["text"], maxMarkdown) },
	"section":  section,
	"table":    table,
	// Taken as they are: nothing of Trailbus's is in them but text, which counts to the total.
	"rich_text": func(b object) bool { return list(b["elements"], 1, 0) },
	"video":     func(object) bool { return true },
	"file":      func(object) bool { return true },
}

type object = map[string]any

// check reads a message and returns why Slack would refuse it, "" where it would not.
func check(r *http.Request, body []byte) (payload json.RawMessage, refused string) {
	if len(body) > maxBody {
		return nil, invalidPayload
	}
	// An old way that Slack still takes: the JSON as a field of a form.
	if strings.HasPrefix(r.Header.Get("Content-Type"), formType) {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, invalidPayload
		}
		body = []byte(form.Get(formPayloadField))
	}
	var m object
	if err := json.Unmarshal(body, &m); err != nil || m == nil || !utf8.Valid(body) {
		return nil, invalidPayload
	}
	blocks, attachments := anySlice(m["blocks"]), anySlice(m["attachments"])
	if t, _ := m["text"].(string); strings.TrimSpace(t) == "" && len(blocks) == 0 && len(attachments) == 0 {
		return nil, noText
	}
	if len(attachments) > maxAttachments {
		return nil, tooManyAttached
	}
	if b, there := m["blocks"]; there && !blocksFit(b) {
		return nil, invalidBlocks
	}
	for _, a := range attachments {
		if attachment, ok := a.(object); !ok {
			return nil, invalidPayload
		} else if b, there := attachment["blocks"]; there && !blocksFit(b) {
			return nil, invalidBlocks
		}
	}
	return body, ""
}

func blocksFit(v any) bool {
	if !list(v, 0, maxBlocks) {
		return false
	}
	ids := map[string]bool{}
	for _, b := range anySlice(v) {
		block, ok := b.(object)
		if !ok {
			return false
		}
		kind, _ := block["type"].(string)
		fits, known := blockTypes[kind]
		if !known || !fits(block) {
			return false
		}
		if id, there := block["block_id"]; there {
			name, ok := id.(string)
			if !ok || length(name) > maxBlockID || ids[name] {
				return false
			}
			ids[name] = true
		}
	}
	return countCharacters(v) <= maxTotalBlocks
}

func section(b object) bool {
	_, hasText := b["text"]
	fields, hasFields := b["fields"]
	accessory, hasAccessory := b["accessory"]
	return (hasText || hasFields) &&
		(!hasText || text(b["text"], maxSectionText)) &&
		(!hasFields || each(fields, maxFields, func(f any) bool { return text(f, maxField) })) &&
		(!hasAccessory || element(accessory))
}

func context(b object) bool {
	return each(b["elements"], maxContext, func(e any) bool {
		if o, _ := e.(object); o["type"] == "image" {
			return image(o)
		}
		return text(e, maxSectionText)
	})
}

func actions(b object) bool { return each(b["elements"], maxActions, element) }

// element checks a button and takes other elements as they are.
func element(v any) bool {
	e, ok := v.(object)
	if !ok {
		return false
	}
	if e["type"] != "button" {
		_, ok := e["type"].(string)
		return ok
	}
	return text(e["text"], maxButtonText, "plain_text") &&
		(e["url"] == nil || nonEmptyText(e["url"], maxButtonURL)) && (e["value"] == nil ||
		nonEmptyText(e["value"], maxButtonValue))
}

func image(b object) bool {
	if b["title"] != nil && !text(b["title"], maxImageText, "plain_text") {
		return false
	}
	return nonEmptyText(b["alt_text"], maxImageText) && (b["image_url"] != nil || b["slack_file"] != nil)
}

func table(b object) bool {
	return each(b["rows"], maxTableRows, func(row any) bool { return list(row, 1, maxTableCells) })
}

// each checks an array of 1 to most elements that all fit.
func each(v any, most int, fits func(any) bool) bool {
	return list(v, 1, most) && !slices.ContainsFunc(anySlice(v), func(e any) bool { return !fits(e) })
}

// text checks a text object: its type (plain_text or mrkdwn, or only what is allowed), and 1 to
// most characters.
func text(v any, most int, allowed ...string) bool {
	o, ok := v.(object)
	if !ok {
		return false
	}
	kind, _ := o["type"].(string)
	if kind != "plain_text" && (kind != "mrkdwn" || len(allowed) > 0) {
		return false
	}
	return nonEmptyText(o["text"], most)
}

func nonEmptyText(v any, most int) bool {
	s, ok := v.(string)
	return ok && s != "" && length(s) <= most
}

// list checks an array of least to most elements; most 0 is no limit.
func list(v any, least, most int) bool {
	l, ok := v.([]any)
	return ok && len(l) >= least && (most == 0 || len(l) <= most)
}

// countCharacters counts the characters that are shown: every "text" of the blocks and what is in
// it.
func countCharacters(v any) int {
	n := 0
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			n += countCharacters(e)
		}
	case object:
		for key, e := range v {
			if s, ok := e.(string); ok && key == "text" {
				n += length(s)
			} else {
				n += countCharacters(e)
			}
		}
	}
	return n
}

func anySlice(v any) []any { l, _ := v.([]any); return l }

func length(s string) int { return utf8.RuneCountInString(s) }
