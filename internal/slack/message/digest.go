package message

import (
	"cmp"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/trailbus/trailbus/rules"
)

// Page is one message of a digest, and the groups that it lists.
type Page struct {
	Message *slack.WebhookMessage
	// Plain is the message without blocks, for when Slack rejects those. It lists every group too.
	Plain  *slack.WebhookMessage
	Groups []*Group
}

// Digest lists every group, the most severe first, in as few messages as Slack's limits allow. The
// heading is Trailbus's own text, such as "More than the channel takes" or "Held overnight".
func Digest(heading string, groups []*Group) []Page {
	sorted := slices.Clone(groups)
	slices.SortStableFunc(sorted, func(a, b *Group) int {
		return cmp.Or(cmp.Compare(b.First.Severity, a.First.Severity), cmp.Compare(b.Count, a.Count))
	})
	var pages [][]*Group
	room := 0
	for _, g := range sorted {
		need := digestRest
		for _, e := range g.entry() {
			need += length(e.text)
		}
		if need > room || len(pages[len(pages)-1]) == digestLimit {
			pages = append(pages, nil)
			room = digestRoom
		}
		room -= need
		last := len(pages) - 1
		pages[last] = append(pages[last], g)
	}
	digest := make([]Page, len(pages))
	for i, in := range pages {
		of := ""
		if len(pages) > 1 {
			of = " (" + count(i+1) + " of " + count(len(pages)) + ")"
		}
		page := digestPage(heading+of, sorted, in)
		digest[i] = Page{Message: page, Plain: plainPage(page, in), Groups: in}
	}
	return digest
}

const (
	// digestLimit is the most groups in a message of a digest: each has a block, and the header and
	// a mention need some.
	digestLimit = blocksLimit - 10
	// digestRoom is the length of the texts of all groups of a message.
	digestRoom = totalLimit - headerLimit - 500
	// digestLineLimit is the length of the first line of a group, digestWhoLimit that of the
	// second.
	digestLineLimit, digestWhoLimit = 160, 160
	// digestRest is the length of the time, the link and what surrounds them.
	digestRest = eventIDLimit + 20
)

// digestPage renders one message. Its header and its text are about the whole digest.
func digestPage(heading string, all, here []*Group) *slack.WebhookMessage {
	headline := cut(badgeOf(all)+" · "+heading+": "+countSummary(all), headerLimit)
	text := escape(unlink(headline))
	blocks := []slack.Block{header(headline)}
	var calls Distinct
	for _, g := range here {
		calls.add(g.First.Mention)
	}
	if len(calls.Values) > 0 {
		mentions := strings.Join(calls.Values, " ")
		text = mentions + " " + text
		blocks = append(blocks, mentionBlock(mentions))
	}
	for _, g := range here {
		blocks = append(blocks, slack.NewRichTextBlock("", slack.NewRichTextSection(g.elements()...)))
	}
	return webhookMessage(text, blocks...)
}

// plainPage is a page as text without blocks, with the same content.
func plainPage(page *slack.WebhookMessage, here []*Group) *slack.WebhookMessage {
	plain := *page
	plain.Blocks = nil
	for _, g := range here {
		plain.Text += "\n"
		for _, p := range g.entry() {
			plain.Text += escape(unlink(p.text))
		}
		if g.First.EventID != "" {
			plain.Text += escape(unlink(", event " + g.First.EventID))
		}
	}
	return &plain
}

// badgeOf is the badge of the most severe group.
func badgeOf(sorted []*Group) string {
	if len(sorted) == 0 {
		return badge(0)
	}
	return badge(sorted[0].First.Severity)
}

// countSummary counts: "212 events in 14 groups (3 critical, 11 high)".
func countSummary(groups []*Group) string {
	events := 0
	by := map[rules.Severity]int{}
	for _, g := range groups {
		events += g.Count
		by[g.First.Severity]++
	}
	s := count(events) + " events in " + count(len(groups)) + " groups"
	var parts []string
	for _, severity := range rules.Severities() {
		if n := by[severity]; n > 0 {
			parts = append(parts, count(n)+" "+severity.String())
		}
	}
	if len(parts) > 0 {
		s += " (" + strings.Join(parts, ", ") + ")"
	}
	return s
}

// piece is a part of a group's entry.
type piece struct {
	text string
	bold bool
}

// entry is the text of a group in a digest, without the time.
func (g *Group) entry() []piece {
	m := g.display()
	line := strings.TrimPrefix(g.headline(), badge(m.Severity)+" · ")
	return []piece{
		{text: severityEmoji(m.Severity) + " " + cut(line, digestLineLimit), bold: true},
		{text: "\n" + cut(m.Who+" in "+m.Where, digestWhoLimit)},
	}
}

// elements are the entry in rich text, with the time of the last event and a link to the first.
func (g *Group) elements() []slack.RichTextSectionElement {
	var elements []slack.RichTextSectionElement
	for _, p := range g.entry() {
		var style *slack.RichTextSectionTextStyle
		if p.bold {
			style = &slack.RichTextSectionTextStyle{Bold: true}
		}
		elements = append(elements, text(p.text, style))
	}
	if !g.Last.IsZero() {
		elements = append(elements, text(", last ", nil), date(g.Last, "{time_secs}"))
	}
	switch {
	case len(g.First.Links) > 0:
		elements = append(elements, text("  ", nil), slack.NewRichTextSectionLinkElement(g.First.Links[0].URL, "CloudTrail",
			nil))
	case g.First.EventID != "":
		elements = append(elements, text("  event "+g.First.EventID, nil))
	}
	return elements
}
