package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// loggedEvents says which management events trails log, of reads or of writes.
type loggedEvents struct {
	any bool
	// except has the event sources that are excluded, and the fields by which some events are.
	except map[string]bool
}

// union says what two trails log together.
func (l loggedEvents) union(o loggedEvents) loggedEvents {
	switch {
	case !l.any:
		return o
	case !o.any:
		return l
	}
	both := maps.Clone(l.except)
	maps.DeleteFunc(both, func(source string, _ bool) bool { return !o.except[source] })
	return loggedEvents{true, both}
}

func allEvents() loggedEvents { return loggedEvents{true, map[string]bool{}} }

// logs returns the reads and writes that a trail logs:
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html and
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
func (t *FoundTrail) logs() (reads, writes loggedEvents) {
	if len(t.Selectors)+len(t.Advanced) == 0 {
		return allEvents(), allEvents() // the default of a trail
	}
	for _, s := range t.Selectors {
		if !s.ManagementEvents {
			continue
		}
		one := allEvents()
		for _, source := range s.ExcludedSources {
			one.except[source] = true
		}
		if s.ReadWriteType != "WriteOnly" {
			reads = reads.union(one)
		}
		if s.ReadWriteType != "ReadOnly" {
			writes = writes.union(one)
		}
	}
	for _, fields := range t.Advanced {
		one, read, write := allEvents(), true, true
		management := false
		for _, f := range fields {
			switch {
			case f.Name == "eventCategory":
				management = slices.Contains(f.Equals, "Management")
			case f.Name == "readOnly" && !f.Other:
				read = !slices.Contains(f.Equals, "false") && !slices.Contains(f.NotEquals, "true")
				write = !slices.Contains(f.Equals, "true") && !slices.Contains(f.NotEquals, "false")
			case f.Name == "eventSource" && len(f.Equals) == 0 && !f.Other:
				for _, source := range f.NotEquals {
					one.except[source] = true
				}
			default:
				one.except["all by "+f.Name] = true
			}
		}
		if management && read {
			reads = reads.union(one)
		}
		if management && write {
			writes = writes.union(one)
		}
	}
	return reads, writes
}

// covers says whether a trail logs in a Region.
func (t *FoundTrail) covers(region string) bool { return t.MultiRegion || t.HomeRegion == region }

// CheckTrails returns what the trails of an account do not log in a Region. global is the Region
// that records global services.
func (w *Wanted) CheckTrails(at Place, trails []FoundTrail, global string) []Finding {
	var reads, writes loggedEvents
	var found, unread []string
	multi := false
	for _, t := range trails {
		name := t.ARN[strings.LastIndex(t.ARN, "/")+1:]
		switch {
		case t.Err != nil:
			unread = append(unread, fmt.Sprintf("%s: %v", name, t.Err))
		case !t.Logging:
			found = append(found, "the trail "+name+" does not log")
		case !t.covers(at.Region):
			found = append(found, "the trail "+name+" is that of "+t.HomeRegion+" alone")
		case at.Region == global && !t.GlobalServiceEvents:
			found = append(found, "the trail "+name+" leaves out global services such as IAM")
		default:
			r, wr := t.logs()
			reads, writes = reads.union(r), writes.union(wr)
			multi = multi || t.MultiRegion
			if !r.any && !wr.any {
				found = append(found, "the trail "+name+" logs no management events")
			}
		}
	}
	if !reads.any && !writes.any {
		if len(unread) > 0 {
			return []Finding{at.Warn(TrailLogs, "a trail cannot be looked at: %s", strings.Join(unread, "; "))}
		}
		if len(found) == 0 {
			found = []string{"there is no trail"}
		}
		return []Finding{at.Gap(TrailLogs, "%s", strings.Join(found, "; "))}
	}
	var findings []Finding
	findings = append(findings, w.checkLogged(at, "read-only", reads, true)...)
	findings = append(findings, w.checkLogged(at, "write-only", writes, false)...)
	if !multi {
		findings = append(findings, at.Warn(TrailLogs, "no trail of all Regions logs, only trails of this one"))
	}
	return findings
}

// sources returns the event sources whose reads, or else writes, rules want, nil for all, and
// whether they want any.
func (w *Wanted) sources(readOnly bool) (sources []string, wanted bool) {
	all := false
	for _, p := range w.Patterns {
		if p.ReadOnly == readOnly {
			wanted, all = true, all || len(p.Sources) == 0
			sources = append(sources, p.Sources...)
		}
	}
	if all {
		sources = nil
	}
	return sources, wanted
}

func (w *Wanted) checkLogged(at Place, kind string, l loggedEvents, readOnly bool) []Finding {
	sources, wanted := w.sources(readOnly)
	if !wanted {
		return nil
	}
	if !l.any {
		return []Finding{at.Gap(TrailSelectors, "no trail logs %s management events, which rules want", kind)}
	}
	var out []string
	for _, source := range slices.Sorted(maps.Keys(l.except)) {
		if field, ok := strings.CutPrefix(source, "all by "); ok {
			out = append(out, "some, by the field "+field)
		} else if sources == nil || slices.Contains(sources, source) {
			out = append(out, source)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return []Finding{at.Gap(TrailSelectors, "of %s management events, every trail leaves out: %s", kind,
		strings.Join(out, ", "))}
}
