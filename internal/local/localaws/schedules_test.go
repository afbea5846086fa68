package localaws_test

import (
	"slices"
	"testing"
	"time"
)

func TestSchedulesFireOnDemand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stack{t, w.s, w.central, home, "central"}.must("CREATE", template(w.centralResources(busPolicy(orgOnly))))
	resources := forwarderResources(w.member, w.bus, object{"State": "ENABLED"})
	heartbeat := forwarderResources(w.member, w.bus, nil)["Rule"].(object)
	properties := heartbeat["Properties"].(object)
	delete(properties, "EventPattern")
	properties["ScheduleExpression"] = "rate(1 hour)"
	resources["Heartbeat"] = heartbeat
	k := stack{t, w.s, w.member, away, "forwarder"}
	k.must("CREATE", template(resources))

	createUser.put(t, w.s, w.member, away, "")
	if got := receive(t, w.s, w.central, home, "events"); len(got) != 1 {
		t.Errorf("%d messages for one event, wanted 1: a schedule takes no events", len(got))
	}
	// With a pattern beside its schedule, a rule takes what either of them does.
	properties["EventPattern"] = object{"source": []string{"aws.mine"}}
	k.must("UPDATE", template(resources))
	mine, others := event{source: "aws.mine", detailType: "Hello", detail: "{}"}, event{source: "aws.yours", detailType: "Hello", detail: "{}"}
	mine.put(t, w.s, w.member, away, "")
	others.put(t, w.s, w.member, away, "")
	if got := receive(t, w.s, w.central, home, "events"); len(got) != 1 || decode(t, got[0]).Source != "aws.mine" {
		t.Errorf("%d messages, wanted the one that the pattern takes", len(got))
	}
	at := time.Date(2026, 11, 1, 12, 30, 0, 0, time.UTC)
	fired, err := w.s.FireSchedules(t.Context(), w.member, away, at)
	if err != nil || len(fired) != 1 {
		t.Fatalf("fired %q, %v, wanted one", fired, err)
	}
	got := receive(t, w.s, w.central, home, "events")
	if len(got) != 1 {
		t.Fatalf("%d messages for one schedule, wanted 1", len(got))
	}
	if e := decode(t, got[0]); e.Source != "aws.events" || e.DetailType != "Scheduled Event" || e.Account != w.member || e.Region != away || e.Time != "2026-11-01T12:30:00Z" || !slices.Equal(e.Resources, fired) {
		t.Errorf("event %s", *got[0].Body)
	}
	properties["State"] = "DISABLED"
	k.must("UPDATE", template(resources))
	if fired, err := w.s.FireSchedules(t.Context(), w.member, away, at); err != nil || len(fired) != 0 {
		t.Errorf("fired %q, %v, wanted none: it is disabled", fired, err)
	}
}
